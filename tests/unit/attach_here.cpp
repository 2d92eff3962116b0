// What binaries have to attach to, and how types of BTF are spelled.
#include <algorithm>

#include "attach/here/binaries.h"
#include "attach/here/points_here.h"
#include "attach/here/prototype.h"
#include "attach/usdt_arguments.h"
#include "kernel/libbpf.h"
#include "support/catch.h"
#include "support/error_of.h"
#include "support/paths.h"
#include "support/target_process.h"

namespace sonda::test {
namespace {

std::vector<std::string> types_of(const Prototype& prototype) {
  std::vector<std::string> types;
  for (const auto& argument : prototype.arguments) types.push_back(argument.type);
  return types;
}

std::vector<std::string> points_of(const std::vector<PointHere>& found) {
  std::vector<std::string> points;
  for (const auto& point : found) points.push_back(point.point);
  return points;
}

bool has(const std::vector<std::string>& all, const std::string& one) {
  return std::ranges::find(all, one) != all.end();
}

/// A BTF with some types that C spells in odd ways.
struct Odd {
  BtfPointer types{btf__new_empty()};
  int integer = btf__add_int(types.get(), "int", 4, BTF_INT_SIGNED);
  int character = btf__add_int(types.get(), "char", 1, 0);
  int file = btf__add_struct(types.get(), "file", 8);
  int pointer = btf__add_ptr(types.get(), file);
  int text = btf__add_ptr(types.get(), btf__add_const(types.get(), character));
  int fixed = btf__add_const(types.get(), pointer);
  int four = btf__add_array(types.get(), integer, integer, 4);
  int of_four = btf__add_ptr(types.get(), four);
  int callback = add_callback();
  int function = add_function();

  int add_callback() {
    const int prototype = btf__add_func_proto(types.get(), integer);
    btf__add_func_param(types.get(), "", pointer);
    btf__add_func_param(types.get(), "", 0);
    return btf__add_ptr(types.get(), prototype);
  }
  int add_function() {
    const int prototype = btf__add_func_proto(types.get(), text);
    btf__add_func_param(types.get(), "file", fixed);
    btf__add_func_param(types.get(), "done", callback);
    btf__add_func_param(types.get(), "four", of_four);
    return btf__add_func(types.get(), "seek", BTF_FUNC_STATIC, prototype);
  }
  std::string spelled(int type, std::string declared = {}) const {
    return spell_btf(*types, static_cast<std::uint32_t>(type), std::move(declared));
  }
};

}  // namespace

TEST_CASE("types are spelled as C does", "[here]") {
  const Odd odd;
  CHECK(odd.spelled(0) == "void");
  CHECK(odd.spelled(odd.pointer) == "struct file *");
  CHECK(odd.spelled(odd.pointer, "f") == "struct file *f");
  CHECK(odd.spelled(odd.text, "t") == "const char *t");
  CHECK(odd.spelled(odd.fixed, "f") == "struct file *const f");
  CHECK(odd.spelled(odd.four) == "int[4]");
  CHECK(odd.spelled(odd.four, "n") == "int n[4]");
  CHECK(odd.spelled(odd.of_four, "n") == "int (*n)[4]");
  CHECK(odd.spelled(odd.callback, "done") == "int (*done)(struct file *, ...)");
  CHECK(odd.spelled(9999) == "?");
  const auto whole = prototype_of_function(*odd.types, static_cast<std::uint32_t>(odd.function), "seek");
  CHECK(whole.declaration ==
        "const char *seek(struct file *const file, int (*done)(struct file *, ...), int (*four)[4])");
  CHECK(whole.returns == "const char *");
  CHECK(types_of(whole) == std::vector<std::string>{"struct file *const", "int (*)(struct file *, ...)", "int (*)[4]"});
  CHECK(prototype_of_function(*odd.types, static_cast<std::uint32_t>(odd.file), "x").arguments.empty());
}

TEST_CASE("usdt: a note tells sizes and signs, whatever the operand is", "[here]") {
  using Type = UsdtArgumentType;
  CHECK(usdt_argument_types("-4@%edi 8@nowhere(%rip)  2@$4 4f@%xmm0 -8f@x 3@%al @ x") ==
        std::vector<Type>{
            {4, true, false}, {8, false, false}, {2, false, false}, {4, false, true}, {8, true, true}, {}, {}, {}});
  CHECK(usdt_argument_types("").empty());
  CHECK(usdt_argument_types("1@a 1@a 1@a 1@a 1@a 1@a 1@a 1@a 1@a 1@a 1@a 1@a 1@a").size() == most_usdt_arguments);
}

TEST_CASE("the marks of a binary are found with the arguments that its source gives them", "[here]") {
  const auto marks = marks_in(ElfFile::open(target("marks")));
  std::vector<std::string> names;
  for (const auto& mark : marks) names.push_back(mark.provider + ":" + mark.name);
  CHECK(names == std::vector<std::string>{"sonda_marks:copied", "sonda_marks:listened", "sonda_marks:numbers",
                                          "sonda_marks:operands"});
  CHECK(types_of(marks[0].arguments) == std::vector<std::string>{"s64", "s64"});
  CHECK(types_of(marks[1].arguments).empty());
  CHECK(types_of(marks[2].arguments) == std::vector<std::string>{"s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64"});
  CHECK(types_of(marks[3].arguments) ==
        std::vector<std::string>{"u64", "s32", "u8", "u64", "s64", "float", "u64", "s8"});
  CHECK(marks[2].arguments.arguments[4].size == 4);
  CHECK(marks[2].arguments.arguments[4].is_signed == true);
  CHECK(marks_in(ElfFile::open(target("calls"))).empty());
}

TEST_CASE("the functions of a binary are those that a uprobe takes by name", "[here]") {
  const auto names = probed_functions(ElfFile::open(target("calls")));
  CHECK(std::ranges::is_sorted(names));
  CHECK(has(names, "target_first"));
  CHECK(has(names, "target_second"));
  CHECK(has(names, "main"));
  CHECK_FALSE(has(names, "target_twin"));      // there are two
  CHECK_FALSE(has(names, "target_chosen"));    // GNU_IFUNC
  CHECK_FALSE(has(names, "target_library"));   // imported
  CHECK_FALSE(has(names, "target_variable"));  // data
}

TEST_CASE("points of binaries match by pattern, and are written as they are attached", "[here]") {
  PointsHere here;
  const auto calls = target("calls").string(), marks = target("marks").string(), cxx = target("names").string();
  CHECK(points_of(here.find("uprobe", calls + ":target_[fs]*")) ==
        std::vector{"uprobe:" + calls + ":target_first", "uprobe:" + calls + ":target_second"});
  CHECK(points_of(here.find("uretprobe", calls + ":main")) == std::vector{"uretprobe:" + calls + ":main"});
  CHECK(points_of(here.find("uprobe", calls)).size() == probed_functions(ElfFile::open(calls)).size());
  CHECK(points_of(here.find("uprobe", cxx + ":harbour::load*")).size() == 2);
  CHECK(here.find("uprobe", cxx + ":\"harbour::load(int)\"").at(0).prototype->declaration == "harbour::load(int)");
  CHECK(points_of(here.find("usdt", marks + ":sonda_*:num*")) == std::vector{"usdt:" + marks + ":sonda_marks:numbers"});
  CHECK(points_of(here.find("usdt", marks + ":numbers")) == std::vector{"usdt:" + marks + ":sonda_marks:numbers"});
  CHECK(points_of(here.find("usdt", marks)).size() == 4);
  CHECK(here.find("usdt", marks + ":other:numbers").empty());
}

TEST_CASE("the marks of a process are those of all that it has mapped", "[here]") {
  TargetProcess process(target("marks"), {"--wait-for-newline"});
  process.line();
  PointsHere here;
  const auto found = points_of(here.find("usdt", std::to_string(process.pid())));
  const auto end = " pid=" + std::to_string(process.pid());
  CHECK(has(found, "usdt:" + target("marks").string() + ":sonda_marks:numbers" + end));
  CHECK(has(found, "usdt:" + target("libmarks.so").string() + ":sonda_library:called" + end));
  CHECK(error_of([&] { here.find("usdt", "4194305"); }).cause() == "there is no process 4194305");
}

TEST_CASE("what cannot be listed says how it is written", "[here]") {
  PointsHere here;
  CHECK(error_of([&] { here.find("profile", ""); }).hint() == "written profile:hz:N, e.g. profile:hz:99");
  CHECK(error_of([&] { here.find("uprobe", ""); }).exit() == Exit::usage);
  CHECK(error_of([&] { here.find("usdt", "/no/such/file:*"); }).stage() == Stage::attach);
}

}  // namespace sonda::test
