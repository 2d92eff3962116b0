// A probe's variables and constants, as `sonda run` and the shell show and set them.
#include "support/catch.h"
#include "support/skip.h"
#include "tool/shell_support.h"

namespace sonda::test {
namespace {

std::string with_variables() {
  return "static u64 calls = 40;\nstatic struct { u32 count; char last[8]; } seen = {.last = \"none\"};\n"
         "static const u8 weights[8] = {3, 1, 4, 1, 5, 9, 2, 6};\nBPF_ARRAY(sums, u64, 1);\n"
         "__attribute__((noinline)) static u64 twice(u64 x) { return 2 * x; }\n// @attach " +
         first_of_calls() +
         "\nint on_call(struct pt_regs *ctx) {\n  int zero = 0;\n  u64 *sum = sums.lookup(&zero), at = seen.count & "
         "7;\n"
         "  calls++;\n  seen.count++;\n  if (sum) *sum += twice(weights[at]);\n"
         "  bpf_probe_read_kernel_str(seen.last, sizeof(seen.last), seen.count & 1 ? \"odd\" : \"even\");\n"
         "  return 0;\n}\n";
}

}  // namespace

TEST_CASE("variables are shown by name, type and value, constants where they are asked for") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("variables.c", with_variables());
  const auto text = sonda_program(with_calls({"run", path}, 5));
  INFO(text.out << text.err);
  CHECK(text.status == 0);
  CHECK(contains(text.out,
                 "\n.data: 2 variables\nNAME  TYPE   VALUE\nseen  struct {count=5, last=odd}\ncalls u64    45\n"));
  CHECK_FALSE(contains(text.out, "weights"));
  const auto json = sonda_program(with_calls({"run", "--json", path}, 6));
  for (const auto& variable : objects(json, "variable"))
    if (variable.at("name") == "calls")
      CHECK(variable.at("value") == 46);
    else
      CHECK(variable.at("value") == nlohmann::json({{"count", 6}, {"last", "even"}}));
  REQUIRE(objects(json, "variable").size() == 2);
  REQUIRE(objects(json, "entry").size() == 1);
  CHECK(objects(json, "entry")[0].at("value") == 2 * (3 + 1 + 4 + 1 + 5 + 9));
  const auto asked = sonda_program(with_calls({"run", "--json", "--map", ".rodata.cst8", path}, 1));
  REQUIRE(objects(asked, "constant").size() == 1);
  CHECK(objects(asked, "constant")[0].at("value") == nlohmann::json({3, 1, 4, 1, 5, 9, 2, 6}));
}

TEST_CASE("the shell sets a variable, puts all back, and refuses what cannot be") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("variables.c", with_variables());
  const auto end = shell(path, {"map .data set calls 7", "map .data set seen {count=3, last=xyz}", "map .data clear",
                                "list", "map .data set cals 5"});
  INFO(end.out << end.err);
  CHECK(contains(end.out, "calls u64    7\n"));
  CHECK(contains(end.out, "seen  struct {count=3, last=xyz}\n"));
  CHECK(contains(end.out, ".data: as at first\n"));
  CHECK(contains(end.out, "variables"));
  CHECK(contains(end.err, "there is no such variable"));
  CHECK(contains(end.err, "did you mean 'calls'?"));
  CHECK(contains(shell(path, {"map .rodata.cst8 set weights 1"}).err, "constants cannot be set"));
}

}  // namespace sonda::test
