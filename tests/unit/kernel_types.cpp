// Types picked from a BTF and written as C: from BTFs that are made here, so that each case is there on any kernel.
#include <fstream>

#include "base/files.h"
#include "kernel/kernel_types.h"
#include "kernel/type_header.h"
#include "support/catch.h"

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
