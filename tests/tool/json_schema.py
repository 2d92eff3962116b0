"""docs/sonda.schema.json: whether a line follows it, and whether it has what the sources print."""
import json
import pathlib
import re

import jsonschema


class Schema:
    def __init__(self, file):
        self.whole = json.loads(file.read_text())
        jsonschema.Draft202012Validator.check_schema(self.whole)
        self.validator = jsonschema.Draft202012Validator(self.whole)
        names = [each["$ref"].rsplit("/", 1)[1] for each in self.whole["oneOf"]]
        self.shapes = {name: self.whole["$defs"][name] for name in names}
        self.types = {self.type_of(name) for name in names}

    def type_of(self, name):
        return self.shapes[name]["properties"]["type"]["const"]

    def takes(self, value):
        return self.validator.is_valid(value)

    def shape_of(self, value):
        """The name of the one shape that the object has. ValueError says why it has none, or several."""
        fit, why = [], []
        for name in self.shapes:
            if self.type_of(name) != value.get("type"):
                continue
            shape = self.validator.evolve(schema={**self.shapes[name], "$defs": self.whole["$defs"]})
            errors = [f"{name}: {error.json_path}: {error.message}" for error in shape.iter_errors(value)]
            why += errors
            fit += [] if errors else [name]
        if len(fit) != 1 or not self.takes(value):
            raise ValueError(f"{fit or 'no shape'} for {json.dumps(value)}\n  " + "\n  ".join(why))
        return fit[0]


def check_wrong_objects_are_refused(schema, good):
    """`good` is an object that a program printed; what is made of it here must not pass."""
    wrong = [{**good, "not_a_key": 1}, {**good, "type": "not_a_type"}, {**good, "version": 2}, [good],
             {**good, "time": "2026-11-30T16:50:00"}]
    required = [key for key in schema.shapes[schema.shape_of(good)]["required"]]
    wrong += [{key: value for key, value in good.items() if key != left_out} for left_out in required]
    for each in wrong:
        if schema.takes(each):
            raise ValueError(f"the schema takes {json.dumps(each)}")


def check_sources(schema, folder):
    """Every type that src/ spells is in the schema, and the other way round."""
    text = "\n".join(path.read_text() for path in sorted(pathlib.Path(folder).rglob("*"))
                     if path.suffix in (".cpp", ".h") and "headers/tree" not in str(path))
    spelled = set(re.findall(r'\{"type", (?:std::string\()?"(\w+)"', text))
    spelled |= set(re.findall(r'\{"type":\s*"(\w+)"', text))
    spelled |= set(re.findall(r'workspace\.table\("(\w+)"', text))
    if unknown := spelled - schema.types:
        raise ValueError(f"src/ prints what the schema has not: {sorted(unknown)}")
    if unprinted := {each for each in schema.types if f'"{each}"' not in text}:
        raise ValueError(f"the schema has what src/ does not print: {sorted(unprinted)}")
