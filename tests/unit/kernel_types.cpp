// Types picked from a BTF and written as C: from BTFs that are made here, so that each case is there on any kernel.
#include <cctype>
#include <fstream>
#include <sstream>

#include "base/files.h"
#include "headers/kernel_types.h"
#include "headers/type_selection.h"
#include "kernel/kernel.h"
#include "support/catch.h"
#include "support/skip.h"

using namespace sonda;

namespace {

std::string written(const btf& types, const TypeRequest& request) {
  const TypeSelection selection(types, request);
  return write_types(types, selection, request);
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// struct outer { struct inner in; struct target *link; struct other *far; enum color shade; };
/// struct target { int value; };  struct other { int value; };
BtfPointer sample() {
  BtfPointer types(btf__new_empty());
  btf* to = types.get();
  const int number = btf__add_int(to, "int", 4, BTF_INT_SIGNED);
  const int inner = btf__add_struct(to, "inner", 4);
  btf__add_field(to, "x", number, 0, 0);
  const int target = btf__add_struct(to, "target", 4);
  btf__add_field(to, "value", number, 0, 0);
  const int other = btf__add_struct(to, "other", 4);
  btf__add_field(to, "value", number, 0, 0);
  const int to_target = btf__add_ptr(to, target), to_other = btf__add_ptr(to, other);
  const int color = btf__add_enum(to, "color", 4);
  btf__add_enum_value(to, "RED", 0);
  btf__add_enum_value(to, "GREEN", 7);
  btf__add_struct(to, "outer", 32);
  btf__add_field(to, "in", inner, 0, 0);
  btf__add_field(to, "link", to_target, 64, 0);
  btf__add_field(to, "far", to_other, 128, 0);
  btf__add_field(to, "shade", color, 192, 0);
  return types;
}

}  // namespace

TEST_CASE("a member by value comes in full, the target of a pointer only if its member is named") {
  const auto types = sample();
  const auto text = written(*types, {.tags = {"outer"}, .ordinary = {"link"}});
  CHECK(holds(text, "struct inner {"));
  CHECK(holds(text, "struct target {"));
  CHECK(holds(text, "struct other;"));
  CHECK_FALSE(holds(text, "struct other {"));
}

TEST_CASE("what nobody names is not written") {
  const auto types = sample();
  CHECK(written(*types, {}).empty());
  CHECK(written(*types, {.tags = {"no_such"}, .ordinary = {"value"}}).empty());
}

TEST_CASE("a struct that is defined elsewhere keeps its name there and its size here") {
  const auto types = sample();
  const auto text = written(*types, {.tags = {"outer"}, .ordinary = {}, .defined_tags = {"inner", "target"}});
  CHECK(holds(text, "struct inner___kernel in;"));
  CHECK_FALSE(holds(text, "struct inner {"));
  CHECK(holds(text, "struct target *link;"));
  CHECK_FALSE(holds(text, "struct target {"));
}

TEST_CASE("enumerators that are defined elsewhere are left out") {
  const auto types = sample();
  CHECK(holds(written(*types, {.tags = {"outer"}, .defined_ordinary = {"RED"}}), "GREEN = 7"));
  CHECK_FALSE(holds(written(*types, {.tags = {"outer"}, .defined_ordinary = {"RED"}}), "RED"));
  CHECK(holds(written(*types, {.tags = {"outer"}, .defined_ordinary = {"RED", "GREEN"}}), "unsigned int shade;"));
  CHECK(holds(written(*types, {.tags = {"outer"}, .defined_tags = {"color"}}), "unsigned int shade;"));
}

TEST_CASE("an enum comes by the name of an enumerator, of one that is defined elsewhere only that enumerator") {
  const auto types = sample();
  const TypeRequest by_name{.ordinary = {"GREEN"}};
  CHECK(TypeSelection(*types, by_name).enumerators() == std::vector<std::string_view>{"GREEN"});
  CHECK(holds(written(*types, by_name), "enum color {"));
  const TypeRequest elsewhere{.ordinary = {"GREEN"}, .defined_tags = {"color"}};
  const TypeSelection selection(*types, elsewhere);
  CHECK(selection.nodes().empty());
  using Constant = std::pair<std::string_view, std::int64_t>;
  CHECK(selection.constants() == std::vector<Constant>{{"GREEN", 7}});
}

TEST_CASE("of two structs with one name the first is meant, and both keep their members") {
  const auto types = sample();
  btf* to = types.get();
  const int again = btf__add_struct(to, "target", 8);
  btf__add_field(to, "wide", 1, 32, 0);
  btf__add_struct(to, "holder", 8);
  btf__add_field(to, "held", again, 0, 0);
  const auto text = written(*types, {.tags = {"holder", "target"}});
  CHECK(holds(text, "struct target {\n\tint value;\n};"));
  CHECK(holds(text, "struct target___other held;"));
}

TEST_CASE("a typedef that is defined elsewhere is looked through") {
  const auto types = sample();
  btf* to = types.get();
  const int number_t = btf__add_typedef(to, "number_t", 1);
  btf__add_struct(to, "user", 4);
  btf__add_field(to, "n", number_t, 0, 0);
  CHECK(holds(written(*types, {.tags = {"user"}}), "typedef int number_t;"));
  CHECK(holds(written(*types, {.tags = {"user"}, .defined_ordinary = {"number_t"}}), "int n;"));
}

TEST_CASE("structs that point at themselves end") {
  BtfPointer types(btf__new_empty());
  btf__add_struct(types.get(), "node", 8);
  btf__add_field(types.get(), "next", 2, 0, 0);
  btf__add_ptr(types.get(), 1);
  CHECK(holds(written(*types, {.tags = {"node"}, .ordinary = {"next"}}), "struct node *next;"));
}

TEST_CASE("a module's types are found, on top of the kernel's") {
  const auto kernel = sample();
  const TemporaryFolder folder;
  const auto write = [&](const char* module, const char* tag) {
    const BtfPointer types(btf__new_empty_split(kernel.get()));
    btf__add_struct(types.get(), tag, 4);
    btf__add_field(types.get(), "base", 2, 0, 0);
    std::uint32_t size = 0;
    const auto* raw = static_cast<const char*>(btf__raw_data(types.get(), &size));
    std::ofstream(folder.path() / module, std::ios::binary).write(raw, size);
  };
  write("ext4", "ext4_thing");
  write("nfs", "nfs_thing");
  std::ofstream(folder.path() / "damaged") << std::string_view("\0nfs_thing\0", 11);

  const auto module = load_module_types(*kernel, {"nfs_thing", "unknown"}, folder.path());
  REQUIRE(module != nullptr);
  const auto text = written(*module, {.tags = {"nfs_thing"}});
  CHECK(holds(text, "struct nfs_thing {\n\tstruct inner base;\n};"));
  CHECK(load_module_types(*kernel, {"unknown"}, folder.path()) == nullptr);
  CHECK(load_module_types(*kernel, {"inner"}, folder.path()) == nullptr);
  CHECK(load_module_types(*kernel, {"nfs_thing"}, folder.path() / "nowhere") == nullptr);
}

namespace {

/// A struct with these members at these bits; `size` in bytes. Numbers of types: 1 int, 2 unsigned char, 3 long, 4
/// char[0].
struct Placed {
  std::string name;
  int type = 1;
  std::uint32_t bit = 0, bits = 0;
};

std::string written_struct(std::uint32_t size, const std::vector<Placed>& members) {
  BtfPointer types(btf__new_empty());
  btf* to = types.get();
  const int number = btf__add_int(to, "int", 4, BTF_INT_SIGNED);
  const int byte = btf__add_int(to, "unsigned char", 1, 0);
  btf__add_int(to, "long", 8, BTF_INT_SIGNED);
  btf__add_array(to, number, byte, 0);
  btf__add_struct(to, "holes", size);
  for (const auto& member : members) btf__add_field(to, member.name.c_str(), member.type, member.bit, member.bits);
  return written(*types, {.tags = {"holes"}});
}

/// Between the struct's braces, with blanks as one.
std::string body(const std::string& text) {
  std::string result;
  const auto open = text.find('{'), close = text.rfind('}');
  for (const char c : text.substr(open + 1, close - open - 1))
    if (std::isspace(static_cast<unsigned char>(c)) == 0)
      result += c;
    else if (!result.empty() && result.back() != ' ')
      result += ' ';
  return result;
}

}  // namespace

TEST_CASE("holes that alignment does not explain are bytes, not bit-fields", "[padding]") {
  CHECK(body(written_struct(128, {{"a", 1, 0}, {"b", 1, 512}})) ==
        "int a; unsigned char ____sonda_padding_0[60]; int b; unsigned char ____sonda_padding_1[60]; ");
  // What alignment explains, C leaves out by itself.
  CHECK(body(written_struct(16, {{"a", 1, 0}, {"b", 3, 64}})) == "int a; long b; ");
  CHECK(body(written_struct(16, {{"a", 3, 0}, {"b", 1, 64}})) == "long a; int b; ");
  CHECK(body(written_struct(24, {{"a", 1, 0}, {"b", 3, 128}})) ==
        "int a; unsigned char ____sonda_padding_0[12]; long b; ");
  // An array without an end.
  CHECK(body(written_struct(16, {{"a", 3, 0}, {"b", 1, 64}, {"c", 4, 96}})) == "long a; int b; unsigned char c[0]; ");
  CHECK(body(written_struct(64, {{"a", 3, 0}, {"c", 4, 64}})) ==
        "long a; unsigned char c[0]; unsigned char ____sonda_padding_0[56]; ");
  // A struct of nothing but a size.
  CHECK(body(written_struct(24, {})) == "unsigned char ____sonda_padding_0[24]; ");
  // Behind bits, from the next byte on.
  CHECK(body(written_struct(64, {{"a", 1, 0, 3}, {"b", 1, 256}})) ==
        "int a: 3; unsigned char ____sonda_padding_0[31]; int b; unsigned char ____sonda_padding_1[28]; ");
}

TEST_CASE("of the kernel's own types no hole of whole bytes is written as bit-fields", "[padding]") {
  SONDA_NEED(has_btf(), "a kernel with BTF");
  const auto types = load_kernel_types();
  TypeRequest request;
  for (std::uint32_t id = 1; id < btf__type_cnt(types.get()); ++id) {
    const auto& type = *btf__type_by_id(types.get(), id);
    if (btf_is_composite(&type)) request.tags.emplace(btf__name_by_offset(types.get(), type.name_off));
  }
  const auto text = written(*types, request);
  std::istringstream lines(text);
  std::size_t members = 0;
  for (std::string line; std::getline(lines, line);) {
    members += line.ends_with(';') ? 1 : 0;
    const auto colon = line.find(": ");
    const auto first = line.find_first_not_of('\t');
    if (colon == line.npos || first == line.npos) continue;
    const auto words = line.substr(first, colon - first);
    // "long: 64;" has no name before the colon.
    if (words == "long" || words == "int" || words == "short" || words == "char")
      CHECK(std::stoi(line.substr(colon + 2)) < 8);
  }
  CHECK(members > 10'000);
}
