#include "attach/here/prototype.h"

#include <bpf/btf.h>
#include <fmt/format.h>

namespace sonda {
namespace {

// No declaration of the kernel's is nested so deeply; a BTF that goes round in circles is.
constexpr int deepest = 32;

std::string_view name_in(const btf& types, std::uint32_t offset) {
  const char* name = btf__name_by_offset(&types, offset);
  return name == nullptr ? std::string_view() : name;
}

class Speller {
 public:
  explicit Speller(const btf& types) : types_(types) {}

  std::string spell(std::uint32_t id, std::string declared, int depth = 0) const {
    if (id == 0) return with("void", declared);
    const auto* type = btf__type_by_id(&types_, id);
    if (type == nullptr || depth > deepest) return with("?", declared);
    switch (btf_kind(type)) {
      case BTF_KIND_PTR:
        declared.insert(0, "*");
        if (const auto kind = kind_of(type->type); kind == BTF_KIND_ARRAY || kind == BTF_KIND_FUNC_PROTO)
          declared = fmt::format("({})", declared);
        return spell(type->type, std::move(declared), depth + 1);
      case BTF_KIND_CONST:
        return qualified("const", type->type, std::move(declared), depth);
      case BTF_KIND_VOLATILE:
        return qualified("volatile", type->type, std::move(declared), depth);
      case BTF_KIND_RESTRICT:
        return qualified("restrict", type->type, std::move(declared), depth);
      case BTF_KIND_TYPE_TAG:
        return spell(type->type, std::move(declared), depth + 1);
      case BTF_KIND_ARRAY:
        return spell(btf_array(type)->type, fmt::format("{}[{}]", declared, btf_array(type)->nelems), depth + 1);
      case BTF_KIND_FUNC_PROTO:
        return spell(type->type, fmt::format("{}({})", declared, parameters(*type, depth)), depth + 1);
      case BTF_KIND_STRUCT:
        return with(tagged("struct", *type), declared);
      case BTF_KIND_UNION:
        return with(tagged("union", *type), declared);
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64:
        return with(tagged("enum", *type), declared);
      case BTF_KIND_FWD:
        return with(tagged(btf_kflag(type) ? "union" : "struct", *type), declared);
      default:
        return with(std::string(name_in(types_, type->name_off)), declared);
    }
  }

  std::string parameters(const btf_type& prototype, int depth) const {
    std::string text;
    const auto* all = btf_params(&prototype);
    for (std::uint32_t i = 0; i < btf_vlen(&prototype); ++i) {
      if (i != 0) text += ", ";
      text += all[i].type == 0 ? "..." : spell(all[i].type, std::string(name_in(types_, all[i].name_off)), depth + 1);
    }
    return text.empty() ? "void" : text;
  }

 private:
  static std::string with(std::string type, std::string_view declared) {
    if (!declared.empty() && !declared.starts_with('[')) type += ' ';
    return type += declared;
  }

  std::string tagged(std::string_view tag, const btf_type& type) const {
    return fmt::format("{} {}", tag, type.name_off == 0 ? "{...}" : name_in(types_, type.name_off));
  }

  /// What is said of a pointer stands behind its star.
  std::string qualified(std::string_view word, std::uint32_t target, std::string declared, int depth) const {
    if (kind_of(target) != BTF_KIND_PTR)
      return fmt::format("{} {}", word, spell(target, std::move(declared), depth + 1));
    return spell(target, with(std::string(word), declared), depth + 1);
  }

  std::uint32_t kind_of(std::uint32_t id) const {
    const auto* type = btf__type_by_id(&types_, id);
    return type == nullptr ? std::uint32_t{BTF_KIND_UNKN} : btf_kind(type);
  }

  const btf& types_;
};

PointArgument argument_of(const btf& types, std::uint32_t type, std::string name) {
  PointArgument argument;
  argument.type = spell_btf(types, type);
  argument.declaration = spell_btf(types, type, name);
  argument.name = std::move(name);
  return argument;
}

/// The parameters from `first` on; `names` are those of another prototype with the same ones, or null.
std::vector<PointArgument> arguments_of(const btf& types, const btf_type& prototype, std::uint32_t first,
                                        const btf_type* names) {
  std::vector<PointArgument> arguments;
  if (names == nullptr || btf_vlen(names) != btf_vlen(&prototype)) names = &prototype;
  for (auto i = first; i < btf_vlen(&prototype); ++i) {
    const auto type = btf_params(&prototype)[i].type;
    std::string name(name_in(types, btf_params(names)[i].name_off));
    if (name.empty()) name = fmt::format("arg{}", i - first + 1);
    if (type != 0) arguments.push_back(argument_of(types, type, std::move(name)));
  }
  return arguments;
}

/// The prototype of the function `id`; null if it is none.
const btf_type* prototype_in(const btf& types, std::uint32_t id) {
  const auto* function = btf__type_by_id(&types, id);
  if (id == 0 || function == nullptr || !btf_is_func(function)) return nullptr;
  const auto* prototype = btf__type_by_id(&types, function->type);
  return prototype != nullptr && btf_is_func_proto(prototype) ? prototype : nullptr;
}

void add_members(const btf& types, std::uint32_t id, std::vector<PointArgument>& to, int depth) {
  const auto* type = btf__type_by_id(&types, id);
  if (type == nullptr || !btf_is_composite(type) || depth > deepest) return;
  for (std::uint32_t i = 0; i < btf_vlen(type); ++i) {
    const auto& member = btf_members(type)[i];
    if (member.name_off == 0)
      add_members(types, member.type, to, depth + 1);
    else
      to.push_back(argument_of(types, member.type, std::string(name_in(types, member.name_off))));
  }
}

}  // namespace

std::string spell_btf(const btf& types, std::uint32_t id, std::string declared) {
  return Speller(types).spell(id, std::move(declared));
}

Prototype prototype_of_function(const btf& types, std::uint32_t id, std::string_view name) {
  const auto* prototype = prototype_in(types, id);
  if (prototype == nullptr) return {};
  const auto type = btf__type_by_id(&types, id)->type;
  return {.declaration = spell_btf(types, type, std::string(name)),
          .returns = spell_btf(types, prototype->type),
          .arguments = arguments_of(types, *prototype, 0, nullptr)};
}

Prototype prototype_of_tracepoint(const btf& types, std::uint32_t id, std::uint32_t named) {
  const auto* pointer = btf__type_by_id(&types, id);
  for (int depth = 0; pointer != nullptr && !btf_is_func_proto(pointer); ++depth) {
    if (depth > deepest || !(btf_is_typedef(pointer) || btf_is_ptr(pointer))) return {};
    pointer = btf__type_by_id(&types, pointer->type);
  }
  if (pointer == nullptr) return {};
  return {.declaration = {}, .returns = {}, .arguments = arguments_of(types, *pointer, 1, prototype_in(types, named))};
}

Prototype members_of_struct(const btf& types, std::uint32_t id) {
  Prototype prototype;
  add_members(types, id, prototype.arguments, 0);
  return prototype;
}

}  // namespace sonda
