// Schemas made from BTF: from types put together here, and from the running kernel's.
#include <bpf/btf.h>

#include <filesystem>
#include <memory>

#include "image/check_schema.h"
#include "image/schema_from_btf.h"
#include "image/spell.h"
#include "sonda/error.h"
#include "support/catch.h"
#include "support/skip.h"

using namespace sonda;
using sonda::test::Contains;

namespace {

struct FreeBtf {
  void operator()(btf* types) const { btf__free(types); }
};
using OwnedBtf = std::unique_ptr<btf, FreeBtf>;

// Types under construction, with the ones that every test wants.
struct Types {
  OwnedBtf owned{btf__new_empty()};
  btf* raw = owned.get();
  int unsigned_int = btf__add_int(raw, "unsigned int", 4, 0);
  int u32 = btf__add_typedef(raw, "u32", unsigned_int);
  int signed_int = btf__add_int(raw, "int", 4, BTF_INT_SIGNED);
  int character = btf__add_int(raw, "char", 1, 0);

  Schema schema(int type) const { return schema_from_btf(*raw, static_cast<std::uint32_t>(type)); }
  std::string text(int type) const { return describe(schema(type)); }
  std::string refusal(int type) const {
    try {
      return "accepted as " + text(type);
    } catch (const Error& error) {
      CHECK(error.stage() == Stage::compile);
      return error.subject() + ": " + error.cause();
    }
  }
  int array(int of, std::uint32_t count) const { return btf__add_array(raw, unsigned_int, of, count); }
};

}  // namespace

TEST_CASE("numbers keep the names that the source gave them") {
  Types types;
  CHECK(types.schema(types.u32).types == std::vector<Type>{{.kind = Kind::unsigned_integer, .name = "u32", .size = 4}});
  CHECK(types.schema(types.signed_int).types[0].kind == Kind::signed_integer);
  const auto flag = types.schema(btf__add_int(types.raw, "_Bool", 1, BTF_INT_BOOL)).types[0];
  CHECK(flag.kind == Kind::boolean);
  CHECK(types.schema(btf__add_float(types.raw, "double", 8)).types[0].kind == Kind::floating);
  CHECK(types.schema(types.character).types[0].kind == Kind::character);
  CHECK(types.schema(btf__add_int(types.raw, "unsigned char", 1, 0)).types[0].kind == Kind::unsigned_integer);
  CHECK(types.schema(btf__add_int(types.raw, "letter", 1, BTF_INT_CHAR)).types[0].kind == Kind::character);

  const auto wide = types.schema(btf__add_int(types.raw, "__int128", 16, BTF_INT_SIGNED)).types[0];
  CHECK(wide == Type{.kind = Kind::bytes, .name = "__int128", .size = 16});
  CHECK(types.schema(btf__add_float(types.raw, "long double", 16)).types[0].kind == Kind::bytes);
}

TEST_CASE("qualifiers are taken off, typedefs' outermost name stays") {
  Types types;
  auto type = btf__add_const(types.raw, btf__add_volatile(types.raw, types.u32));
  type = btf__add_typedef(types.raw, "pid_type", btf__add_type_tag(types.raw, "user", type));
  CHECK(types.text(btf__add_restrict(types.raw, type)) == "pid_type");
  CHECK(types.schema(btf__add_const(types.raw, types.character)).types[0].kind == Kind::character);
}

TEST_CASE("a struct with everything in it") {
  Types types;
  const auto comm = types.array(types.character, 16);
  const auto table = types.array(types.array(types.u32, 3), 2);
  const auto color = btf__add_enum(types.raw, "color", 4);
  btf__add_enum_value(types.raw, "red", 0);
  btf__add_enum_value(types.raw, "green", 5);
  const auto inner = btf__add_union(types.raw, nullptr, 4);
  btf__add_field(types.raw, "a", types.u32, 0, 0);
  btf__add_field(types.raw, "b", types.signed_int, 0, 0);
  const auto task = btf__add_fwd(types.raw, "task_struct", BTF_FWD_STRUCT);
  const auto pointer = btf__add_ptr(types.raw, btf__add_const(types.raw, task));
  const auto rest = types.array(types.u32, 0);
  const auto root = btf__add_struct(types.raw, "data_t", 64);
  btf__add_field(types.raw, "pid", types.u32, 0, 0);
  btf__add_field(types.raw, "comm", comm, 32, 0);
  btf__add_field(types.raw, "table", table, 160, 0);
  btf__add_field(types.raw, "color", color, 352, 0);
  btf__add_field(types.raw, "", inner, 384, 0);
  btf__add_field(types.raw, "low", types.u32, 416, 3);
  btf__add_field(types.raw, "high", types.signed_int, 419, 29);
  btf__add_field(types.raw, "task", pointer, 448, 0);
  btf__add_field(types.raw, "rest", rest, 512, 0);

  const auto schema = types.schema(root);
  CHECK_NOTHROW(validate(schema));
  CHECK(schema.size() == 64);
  CHECK(describe(schema) ==
        "struct data_t { u32 pid; char comm[16]; u32 table[2][3]; enum color color; union { u32 a; int b; }; "
        "u32 low : 3; int high : 29; struct task_struct *task; u32 rest[0]; }");
  const auto& fields = schema.types[0].fields;
  REQUIRE(fields.size() == 9);
  CHECK(fields[6].bit_offset == 419);
  CHECK(fields[6].bit_size == 29);
  const auto& enumeration = schema.types[fields[3].type];
  CHECK_FALSE(enumeration.is_signed);
  CHECK(enumeration.values == std::vector<Enumerator>{{"red", 0}, {"green", 5}});
}

TEST_CASE("bit fields of the older encoding") {
  Types types;
  // As compilers wrote it: an integer type of 3 of 32 bits, 2 bits into its bytes.
  const auto narrow = btf__add_int(types.raw, "unsigned int", 4, 0);
  auto* integer = const_cast<btf_type*>(btf__type_by_id(types.raw, static_cast<std::uint32_t>(narrow)));
  *reinterpret_cast<std::uint32_t*>(integer + 1) = 2U << 16 | 3U;
  const auto root = btf__add_struct(types.raw, "flags", 8);
  btf__add_field(types.raw, "word", types.u32, 0, 0);
  btf__add_field(types.raw, "bits", narrow, 32, 0);
  const auto schema = types.schema(root);
  CHECK(schema.types[0].fields[0].bit_size == 0);
  CHECK(schema.types[0].fields[1].bit_offset == 34);
  CHECK(schema.types[0].fields[1].bit_size == 3);
}

TEST_CASE("enumerations are as signed and as wide as their numbers") {
  Types types;
  const auto negative = btf__add_enum(types.raw, "errors", 4);
  btf__add_enum_value(types.raw, "EPERM_", -1);
  CHECK(types.schema(negative).types[0].is_signed);
  CHECK(types.schema(negative).types[0].values[0].value == -1);

  const auto high = btf__add_enum64(types.raw, "masks", 8, false);
  btf__add_enum64_value(types.raw, "top", 1ULL << 63);
  const auto schema = types.schema(high);
  CHECK(schema.types[0].size == 8);
  CHECK_FALSE(schema.types[0].is_signed);
  CHECK(static_cast<std::uint64_t>(schema.types[0].values[0].value) == 1ULL << 63);

  const auto below = btf__add_enum64(types.raw, "offsets", 8, true);
  btf__add_enum64_value(types.raw, "back", static_cast<std::uint64_t>(-5));
  CHECK(types.schema(below).types[0].is_signed);
  CHECK(types.schema(below).types[0].values[0].value == -5);

  CHECK(types.text(btf__add_enum(types.raw, nullptr, 4)) == "enum");
}

TEST_CASE("a pointer is named after its target and leads nowhere") {
  Types types;
  const auto list = btf__add_struct(types.raw, "list", 8);
  btf__add_field(types.raw, "next", list + 1, 0, 0);
  btf__add_ptr(types.raw, list);
  CHECK(types.text(list) == "struct list { struct list *next; }");
  CHECK(types.text(btf__add_ptr(types.raw, 0)) == "void *");
  CHECK(types.text(btf__add_ptr(types.raw, btf__add_ptr(types.raw, types.character))) == "char **");
  CHECK(types.text(btf__add_ptr(types.raw, btf__add_func_proto(types.raw, 0))) == "void (*)()");
  CHECK(types.text(btf__add_typedef(types.raw, "handle", btf__add_ptr(types.raw, types.u32))) == "handle");
}

TEST_CASE("a typedef of an array or a struct goes by its own name") {
  Types types;
  CHECK(types.text(btf__add_typedef(types.raw, "uuid", types.array(types.u32, 4))) == "uuid");
  const auto tagless = btf__add_struct(types.raw, nullptr, 4);
  btf__add_field(types.raw, "n", types.u32, 0, 0);
  CHECK(types.text(tagless) == "struct { u32 n; }");
  CHECK(types.text(btf__add_typedef(types.raw, "key_type", tagless)) == "key_type { u32 n; }");
}

TEST_CASE("elements of no size are not counted") {
  Types types;
  const auto empty = btf__add_struct(types.raw, "lock_class_key", 0);
  const auto schema = types.schema(types.array(empty, 7));
  CHECK(schema.size() == 0);
  CHECK(schema.types[0].count == 0);
}

TEST_CASE("what has no bytes is refused by name") {
  Types types;
  CHECK_THAT(types.refusal(0), Contains("void has no bytes"));
  CHECK_THAT(types.refusal(9999), Contains("there is no such type"));
  const auto declared = btf__add_fwd(types.raw, "secret", BTF_FWD_STRUCT);
  CHECK_THAT(types.refusal(declared), Contains("'secret': it is declared but not defined"));
  const auto holder = btf__add_struct(types.raw, "holder", 8);
  btf__add_field(types.raw, "inside", declared, 0, 0);
  CHECK_THAT(types.refusal(holder), Contains("'secret'"));
  CHECK_THAT(types.refusal(btf__add_func_proto(types.raw, 0)), Contains("not a type of data"));
  CHECK_THAT(types.refusal(types.array(types.array(types.u32, 1U << 30), 1U << 30)), Contains("too large"));
}

TEST_CASE("malformed types are refused") {
  Types types;
  const auto inside_itself = btf__add_struct(types.raw, "loop", 8);
  btf__add_field(types.raw, "again", inside_itself, 0, 0);
  CHECK_THAT(types.refusal(inside_itself), Contains("contains itself"));

  const auto circle = btf__add_typedef(types.raw, "a", types.u32 + 1000);
  auto* raw = const_cast<btf_type*>(btf__type_by_id(types.raw, static_cast<std::uint32_t>(circle)));
  raw->type = static_cast<std::uint32_t>(circle);
  CHECK_THAT(types.refusal(circle), Contains("nested too deep"));

  const auto beyond = btf__add_struct(types.raw, "beyond", 4);
  btf__add_field(types.raw, "far", types.u32, 32, 0);
  CHECK_THAT(types.refusal(beyond), Contains("'far' beyond its end"));

  auto deep = types.u32;
  for (int i = 0; i < 100; ++i) deep = types.array(deep, 1);
  CHECK_THAT(types.refusal(deep), Contains("nested too deep"));
}

TEST_CASE("types are found as C spells them") {
  Types types;
  const auto structure = btf__add_struct(types.raw, "data_t", 4);
  const auto union_ = btf__add_union(types.raw, "any", 4);
  const auto wide = btf__add_enum64(types.raw, "masks", 8, false);
  using Found = std::optional<std::uint32_t>;
  CHECK(declared_type(*types.raw, "struct data_t") == Found(structure));
  CHECK(declared_type(*types.raw, " struct\t data_t ") == Found(structure));
  CHECK(declared_type(*types.raw, "union any") == Found(union_));
  CHECK(declared_type(*types.raw, "enum masks") == Found(wide));
  CHECK(declared_type(*types.raw, "u32") == Found(types.u32));
  CHECK(declared_type(*types.raw, "unsigned int") == Found(types.unsigned_int));
  for (const auto* unknown :
       {"", " ", "data_t", "struct any", "struct", "union data_t", "enum", "struct data_t x", "void"})
    CHECK_FALSE(declared_type(*types.raw, unknown));
}

TEST_CASE("all structs of the running kernel have a valid schema") {
  SONDA_NEED(std::filesystem::exists("/sys/kernel/btf/vmlinux"), "a kernel with BTF");
  const OwnedBtf kernel(btf__parse("/sys/kernel/btf/vmlinux", nullptr));
  REQUIRE(kernel);

  const auto task = declared_type(*kernel, "struct task_struct");
  REQUIRE(task);
  const auto schema = schema_from_btf(*kernel, *task);
  CHECK_NOTHROW(validate(schema));
  CHECK(schema.size() == btf__resolve_size(kernel.get(), *task));
  const auto& fields = schema.types[0].fields;
  const auto comm = std::find_if(fields.begin(), fields.end(), [](const Field& field) { return field.name == "comm"; });
  REQUIRE(comm != fields.end());
  CHECK(spell(schema, comm->type) == "char[16]");

  std::size_t structs = 0;
  std::vector<std::string> refused;
  for (std::uint32_t id = 1; id < btf__type_cnt(kernel.get()); ++id) {
    const auto* type = btf__type_by_id(kernel.get(), id);
    if (!btf_is_composite(type)) continue;
    ++structs;
    try {
      if (schema_from_btf(*kernel, id).size() != type->size) refused.push_back("size differs");
    } catch (const Error& error) {
      refused.emplace_back(error.what());
    }
  }
  CHECK(structs > 1000);
  CHECK(refused == std::vector<std::string>{});
}
