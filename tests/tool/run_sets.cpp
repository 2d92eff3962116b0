// Maps that begin with entries: `@set` in the file, --set-map on the command line.
#include <unistd.h>

#include "support/catch.h"
#include "support/edited_text.h"
#include "support/file_text.h"
#include "support/skip.h"
#include "tool/run_support.h"

namespace sonda::test {
namespace {

/// The lines are followed by maps of many kinds, and by a function that adds to `counts` what `steps` has for 0.
std::string filled(const std::string& lines) {
  return lines +
         "#include <uapi/linux/ptrace.h>\n"
         "struct who { u32 pid; char comm[16]; };\n"
         "struct limits { u64 most; u32 parts[3]; };\n"
         "struct net { u32 bits; u32 address; };\n"
         "BPF_ARRAY(steps, u64, 4);\n"
         "BPF_ARRAY(counts, u64, 1);\n"
         "BPF_HASH(by_who, struct who, struct limits, 2);\n"
         "BPF_PERCPU_ARRAY(each, u64, 2);\n"
         "BPF_HASH(slow, u32, u64);\n"
         "BPF_LPM_TRIE(nets, struct net, u32);\n"
         "BPF_QUEUE(line, u32, 4);\n"
         "BPF_PROG_ARRAY(jumps, 2);\n"
         "BPF_PERF_OUTPUT(events);\n"
         "// @show slow.value as duration\n"
         "// @show address as ipv4\n"
         "// @attach " +
         first_of_calls() +
         "\nint f(struct pt_regs *ctx) {\n"
         "  int first = 0;\n"
         "  u64 *step = steps.lookup(&first);\n"
         "  if (step) counts.increment(0, *step);\n"
         "  return 0;\n"
         "}\n";
}

nlohmann::json value_of(const ToolEnd& end, const std::string& map) {
  for (const auto& entry : objects(end, "entry"))
    if (entry.at("map") == map) return entry.at("value");
  return {};
}

}  // namespace

TEST_CASE("maps begin with what the file says, in the shell's notation") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", filled("// @set steps[0] = 0x10\n"
                                               "// @set by_who[{pid=7, comm=\"a ]b\"}] = {most=9, parts=[1, 2]}\n"
                                               "// @set each[1] = 3\n"
                                               "// @set slow[5] = 1.5 ms\n"
                                               "// @set nets[24 10.1.2.0] = 77\n"
                                               "// @set line = 4\n// @set line = 5\n"));
  const auto end = sonda_program(with_calls({"run", "--json", path}, 6));
  CAPTURE(end.err);
  REQUIRE(end.status == 0);
  CHECK(value_in(end, "counts", 0) == 6 * 16);
  CHECK(value_in(end, "steps", 0) == 16);
  CHECK(value_in(end, "slow", 5) == 1500000);
  CHECK(value_of(end, "by_who").at("most") == 9);
  CHECK(value_of(end, "by_who").at("parts") == nlohmann::json::array({1, 2, 0}));
  CHECK(value_of(end, "nets") == 77);
  for (const auto& entry : objects(end, "entry")) {
    if (entry.at("map") == "by_who") CHECK(entry.at("key").at("comm") == "a ]b");
    if (entry.at("map") == "nets") CHECK(entry.at("key").at("address") == "10.1.2.0");
    if (entry.at("map") == "each") CHECK(entry.at("key") == 1);
  }
  // On every CPU.
  const auto cpus = static_cast<std::uint64_t>(::sysconf(_SC_NPROCESSORS_CONF));
  CHECK(value_in(end, "each", 1) % 3 == 0);
  CHECK(value_in(end, "each", 1) >= 3 * cpus);
  // The oldest first.
  const auto queued = sonda_program({"shell", "--json", path, "-e", "map line"});
  CHECK(objects(queued, "queue").size() + objects(queued, "entry").size() >= 1);
  CHECK(contains(queued.out, "4"));
}

TEST_CASE("the command line sets entries after the file, of the file that has the map") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", filled("// @set steps[0] = 16\n"));
  const auto other = probes.write("other.c",
                                  "BPF_HASH(wanted, u32, u32);\n// @attach interval:s:60\n"
                                  "int tick(void *ctx) { u32 key = 1; return wanted.lookup(&key) != 0; }\n");
  const auto end = sonda_program(with_calls(
      {"run", "--json", "--set-map", "steps[0]=2", "--set-map", "wanted[1] = 8", "--set-map", "each[0]=1", path, other},
      6));
  CAPTURE(end.err);
  CHECK(value_in(end, "counts", 0) == 12);
  CHECK(value_in(end, "wanted", 1) == 8);

  const auto unknown = sonda_program({"run", "--set-map", "step[0]=2", path});
  CHECK(unknown.status == 2);
  CHECK(contains(unknown.err, "--set-map step: none of the files has this map\nhint: did you mean 'steps'"));
  const auto wrong = sonda_program({"run", "--set-map", "steps[0]=many", path});
  CHECK(wrong.status == 2);
  CHECK(contains(wrong.err,
                 "--set-map steps[0]=many: expected a whole number from 0 to 18446744073709551615, not 'many'\n"
                 "steps[0]=many\n         ^"));
  CHECK(sonda_program({"run", "--set-map", "steps", path}).status == 2);
}

TEST_CASE("an entry that cannot be set is told on its line") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto told = [&](const std::string& entry) {
    const auto end = sonda_program({"check", probes.write("p.c", filled("// @set " + entry + "\n"))});
    CHECK(end.status == 1);
    return end.err;
  };
  CHECK_THAT(told("step[0] = 1"), Contains("p.c:1:9: there is no map 'step'") && Contains("did you mean 'steps'"));
  CHECK_THAT(told("steps[0] = 1x"), Contains("p.c:1:20: expected a whole number") && Contains("// @set steps[0] = 1x"));
  CHECK_THAT(told("steps[zero] = 1"), Contains("p.c:1:15: expected a whole number"));
  CHECK_THAT(told("steps[4] = 1"), Contains("p.c:1:9: the index is beyond its end (max_entries 4)"));
  CHECK_THAT(told("by_who[{pid=1}] = {most=1, least=2}"), Contains("p.c:1:36: ") && Contains("no such field"));
  CHECK_THAT(told("by_who[{pid=x}] = {most=1}"), Contains("p.c:1:21: pid: expected a whole number"));
  CHECK_THAT(told("by_who[1 a] = 1 [1]\n// @set by_who[2 a] = 1 [1]\n// @set by_who[3 a] = 1 [1]"),
             Contains("p.c:3:9: the map is full (max_entries 2)"));
  CHECK_THAT(told("events[0] = 1"), Contains("p.c:1:9: it is a buffer"));
  CHECK_THAT(told("jumps[0] = 1"), Contains("its slots hold functions") && Contains("// @tailcall jumps[INDEX]"));
  CHECK_THAT(told("steps = 1"), Contains("the key is missing"));
  CHECK_THAT(told("line[0] = 1"), Contains("a queue has no keys"));
}

TEST_CASE("a check leaves alone what others have pinned") {
  SONDA_NEED_BPF();
  SONDA_NEED(PrivateMounts::possible(), "CAP_SYS_ADMIN");
  const BpfFolder bpffs;
  const auto& mounts = bpffs.mounts();
  const Probes probes;
  const auto probe = [&](const std::string& size, int value) {
    return probes.write(
        "p" + size + ".c",
        "// @set ids[3] = " + std::to_string(value) + "\nBPF_TABLE_PINNED(\"hash\", u32, u64, ids, " + size + ", \"" +
            (bpffs.path() / "ids").string() + "\");\n" +
            attached(first_of_calls(), "int f(void *ctx) { u32 id = 3; ids.increment(id); return 0; }\n"));
  };
  const auto run = [&](const std::vector<std::string>& arguments) {
    StartedTool tool("sonda", arguments, {.environment = {}, .mounts = &mounts, .output = {}});
    return tool.wait();
  };
  CHECK(value_in(run(with_calls({"run", "--json", probe("16", 100)}, 2)), "ids", 3) == 102);
  const auto open = probe("0", 500);
  CHECK(run({"check", open}).status == 0);
  probes.write("p0.c", with(text_of(open), "// @set ids[3] = 500", ""));
  CHECK(value_in(run(with_calls({"run", "--json", open}, 2)), "ids", 3) == 104);
}

}  // namespace sonda::test
