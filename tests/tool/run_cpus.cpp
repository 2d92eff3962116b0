// What `sonda run` shows of maps that have a value for each CPU; where options may stand; what `sonda check` tells of
// several files.
#include <unistd.h>

#include "support/catch.h"
#include "support/skip.h"
#include "tool/run_support.h"

namespace sonda::test {
namespace {

/// Counts calls in a per-CPU hash whose value is `fields`; `add` is done with `value`, a pointer to it.
std::string per_cpu_probe(const std::string& fields, const std::string& add) {
  return "struct amount {" + fields +
         "};\n"
         "BPF_PERCPU_HASH(amounts, u32, struct amount, 16);\n"
         "// @attach " +
         first_of_calls() +
         "\n"
         "int on_call(void *ctx) {\n"
         "  u32 key = 1;\n"
         "  struct amount none = {}, *value = amounts.lookup_or_try_init(&key, &none);\n"
         "  if (!value) return 0;\n  " +
         add +
         "\n  return 0;\n"
         "}\n";
}

/// The calls are made on the last CPU, so that what is shown is not the first one's by chance.
ToolEnd run_on_last_cpu(const std::vector<std::string>& options, const std::string& path, int calls) {
  std::vector<std::string> arguments{"run"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  arguments.insert(arguments.end(), {path, "--", "taskset", "-c", std::to_string(::sysconf(_SC_NPROCESSORS_ONLN) - 1),
                                     target("calls").string(), "--first", std::to_string(calls)});
  return sonda_program(arguments);
}

int calls_on_all_cpus(const nlohmann::json& entry) {
  int sum = 0;
  for (const auto& cpu : entry.at("cpus")) sum += cpu.at("calls").get<int>();
  return sum;
}

}  // namespace

TEST_CASE("numbers of all CPUs are added, also those in a struct") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", per_cpu_probe("u64 calls; u32 bytes; u16 few;",
                                                      "value->calls += 1; value->bytes += 10; value->few += 2;"));
  const auto text = run_on_last_cpu({}, path, 20);
  CAPTURE(text.err, text.out);
  CHECK(contains(text.out, "amounts: 1 entry\nKEY CALLS BYTES FEW\n  1    20   200  40\n"));
  const auto entries = objects(run_on_last_cpu({"--json"}, path, 20), "entry");
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].at("value") == nlohmann::json({{"calls", 20}, {"bytes", 200}, {"few", 40}}));
  CHECK(calls_on_all_cpus(entries[0]) == 20);
}

TEST_CASE("what cannot be added has a row for each CPU that has something") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write(
      "p.c", per_cpu_probe("char who[16]; u64 calls;", "bpf_get_current_comm(value->who, 16); value->calls += 1;"));
  const auto text = run_on_last_cpu({}, path, 20);
  CAPTURE(text.err, text.out);
  CHECK(contains(text.out, "amounts: 1 entry\nKEY CPU WHO   CALLS\n"));
  CHECK(contains(text.out, " calls    20\n"));
  const auto entries = objects(run_on_last_cpu({"--json"}, path, 20), "entry");
  REQUIRE(entries.size() == 1);
  CHECK_FALSE(entries[0].contains("value"));
  CHECK(calls_on_all_cpus(entries[0]) == 20);
}

TEST_CASE("an option with a value takes one word, wherever the file stands") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c",
                                 "// @param N 1 \"a number\"\nBPF_ARRAY(counts, u64, 2);\n"
                                 "int count(void *ctx) { counts.increment(N); return 0; }\n");
  const auto attach = "software:cpu-clock:1000000=count";
  for (const std::vector<std::string>& line : {std::vector<std::string>{"run", "--attach", attach, path, "-d", "0.1"},
                                               {"run", "-d", "0.1", path, "--attach", attach},
                                               {"run", "--attach", attach, "--set", "N=0", path, "-d", "0.1"},
                                               {"run", "--attach", attach, "--map", "counts", path, "-d", "0.1"}}) {
    const auto end = sonda_program(line);
    CAPTURE(line, end.err);
    CHECK(end.status == 0);
  }
}

TEST_CASE("a column to sort by is asked for before the run, and need not be in every map") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write(
      "p.c", "BPF_ARRAY(one, u64, 2);\n" + per_cpu_probe("u64 calls;", "one.increment(0); value->calls += 1;"));
  CHECK(run_on_last_cpu({"--sort", "calls"}, path, 2).status == 0);
  CHECK(run_on_last_cpu({"--sort", "CALLS"}, path, 2).status == 0);
  const auto wrong = sonda_program({"run", "-d", "1000", "--sort", "call", path});
  CHECK(wrong.status == 2);
  CHECK(wrong.out.empty());
  CHECK(contains(wrong.err, "did you mean 'calls'"));
}

TEST_CASE("a wrong command line names the command whose help is meant") {
  CHECK(contains(sonda_program({"check"}).err, "sonda check --help shows the options\n"));
}

TEST_CASE("a check tells programs of several files apart, and what the kernel lacks from what it refuses") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto one = probes.write("one.c", "// @attach interval:s:1\nint first(void *ctx) { return 0; }\n");
  const auto other = probes.write("other.c", "// @attach interval:s:1\nint second(void *ctx) { return 0; }\n");
  const auto both = sonda_program({"check", one, other});
  CHECK(both.status == 0);
  CHECK(both.out.starts_with(one + "\nPROGRAM TYPE "));
  CHECK(contains(both.out, "\n\n" + other + "\nPROGRAM TYPE "));
  CHECK(contains(sonda_program({"check", "--csv", one, other}).out, "\r\n" + other + ",second,perf_event,"));

  const auto typed = probes.write("typed.c", "KFUNC_PROBE(do_filp_open, int folder) { return 0; }\n");
  const auto end = sonda_program({"check", typed});
  CAPTURE(end.err);
  CHECK(end.status == (end.err.empty() ? 0 : 77));
  CHECK(contains(end.err, "hint: ") == !end.err.empty());
}

}  // namespace sonda::test
