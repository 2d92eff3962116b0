// Maps of several programs and files, maps that outlive a run, programs that go on in others: all by `sonda run`.
#include <csignal>

#include "support/catch.h"
#include "support/network_wire.h"
#include "support/skip.h"
#include "tool/run_support.h"

namespace sonda::test {
namespace {

const std::string tracing = "int on_call(struct pt_regs *ctx) { u32 who = 1; seen.increment(who); return 0; }\n";
const std::string network =
    "int on_packet(struct xdp_md *ctx) { u32 who = 2; seen.increment(who); return XDP_PASS; }\n";

/// The probes of a run whose two programs share the map "seen".
std::vector<std::string> sharing_files(const Probes& probes, const std::string& how) {
  const auto call = attached(first_of_calls(), tracing), packet = attached("xdp:lo", network);
  if (how == "one file") return {probes.write("both.c", "BPF_HASH(seen, u32, u64, 64);\n" + call + packet)};
  if (how == "by name") {
    const std::string map = "BPF_HASH(seen, u32, u64, 64);\n// @map seen shared\n";
    return {probes.write("call.c", map + call), probes.write("packet.c", map + packet)};
  }
  const auto macro = how == "BPF_TABLE_SHARED" ? "BPF_TABLE_SHARED" : "BPF_TABLE_PUBLIC";
  auto owner = probes.write("packet.c", std::string(macro) + "(\"hash\", u32, u64, seen, 64);\n" + packet);
  auto user = probes.write("call.c", "BPF_TABLE(\"extern\", u32, u64, seen, 64);\n" + call);
  if (how == "the importing file first") std::swap(owner, user);
  return {owner, user};
}

/// `count` programs, each of which counts and goes on in the next; the last one in the first, with `loop`.
std::string chain(int count, bool loop = false) {
  std::string text = "BPF_ARRAY(reached, u64, 64);\nBPF_PROG_ARRAY(next, 64);\n";
  for (int i = 0; i < count; ++i) {
    const auto number = std::to_string(i), follower = std::to_string(i + 1 < count ? i + 1 : 0);
    if (i == 0) text += "// @attach " + first_of_calls() + "\n";
    if (i > 0 || loop) text += "// @tailcall next[" + number + "] = step" + number + "\n";
    text += "int step" + number + "(struct pt_regs *ctx) {\n  reached.increment(" + number + ");\n";
    if (i + 1 < count || loop) text += "  next.call(ctx, " + follower + ");\n";
    text += "  return 0;\n}\n";
  }
  return text;
}

std::string joined(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

}  // namespace

TEST_CASE("a tracing and a network program write to one map") {
  SONDA_NEED_BPF();
  const auto* const how =
      GENERATE("one file", "by name", "BPF_TABLE_PUBLIC", "BPF_TABLE_SHARED", "the importing file first");
  INFO(how);
  const NetworkNamespace alone;
  const UniqueFd listening = listen_on_lo();
  const Probes probes;
  std::vector<std::string> arguments{"run", "--json", "-d", "100"};
  for (const auto& file : sharing_files(probes, how)) arguments.push_back(file);
  StartedTool tool("sonda", arguments, {});
  const bool ready = tool.ready();
  if (ready) {
    for (int i = 0; i < 5; ++i) REQUIRE(send_on_lo());
    TargetProcess calls(target("calls"), {"--first", "30", "--wait-for-newline"});
    calls.line();
    calls.go_on();
    calls.line();
    tool.signal(SIGINT, false);
  }
  const auto end = tool.wait();
  CAPTURE(end.err, end.out);
  REQUIRE(ready);
  CHECK(value_in(end, "seen", 1) == 30);
  CHECK(value_in(end, "seen", 2) == 5);
  CHECK(objects(end, "entry").size() == 2);  // one map, shown once
}

TEST_CASE("maps that are not alike are not shared, and both are shown") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto code = attached(first_of_calls(), "int f(void *ctx) { return 0; }\n");
  const auto one = probes.write("one.c",
                                "struct key { u32 a; };\nBPF_HASH(seen, struct key, u64, 64);\n"
                                "// @map seen shared\n" +
                                    code);
  const auto other = probes.write("other.c",
                                  "struct key { u32 b; };\nBPF_HASH(seen, struct key, u64, 64);\n"
                                  "// @map seen shared\n" +
                                      code);
  const auto by_name = sonda_program({"run", one, other});
  CHECK(by_name.status == 1);
  CHECK(contains(by_name.err, "seen: the shared map of this name has another layout"));
  CHECK(contains(by_name.err, "this one: hash of 64: struct key { u32 b; } -> u64"));
  CHECK(contains(by_name.err, "the other: hash of 64: struct key { u32 a; } -> u64"));

  const auto owner = probes.write("owner.c", "BPF_TABLE_PUBLIC(\"hash\", u32, u64, seen, 64);\n" + code);
  const auto user = probes.write("user.c", "BPF_TABLE(\"extern\", u64, u32, seen, 64);\n" + code);
  const auto imported = sonda_program({"run", owner, user});
  CHECK(imported.status == 1);
  CHECK(contains(imported.err, "this one: hash of 64: u64 -> u32"));
  CHECK(contains(imported.err, "the other: hash of 64: u32 -> u64"));
}

TEST_CASE("a map that no file makes public is asked for") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto user =
      probes.write("user.c", "BPF_TABLE(\"extern\", u64, u32, seen, 64);\nint f(void *ctx) { return 0; }\n");
  const auto end = sonda_program({"run", user});
  CHECK(end.status == 1);
  CHECK(contains(end.err, "user.c:1:1: the map is another file's, and no file before this one makes it public"));
  CHECK(contains(end.err, "BPF_TABLE_PUBLIC"));
}

TEST_CASE("a chain of thirty programs runs to its end") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto end = sonda_program(with_calls({"run", "--json", probes.write("p.c", chain(30))}, 11));
  CAPTURE(end.err);
  REQUIRE(end.status == 0);
  CHECK_FALSE(contains(end.err, "tail calls:"));
  for (std::uint64_t step = 0; step < 30; ++step) CHECK(value_in(end, "reached", step) == 11);
}

TEST_CASE("the kernel's limit of tail calls is explained where it is met") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto longest = sonda_program(with_calls({"run", "--json", probes.write("longest.c", chain(34))}, 5));
  CHECK_FALSE(contains(longest.err, "tail calls:"));
  CHECK(value_in(longest, "reached", 33) == 5);

  const auto path = probes.write("long.c", chain(40));
  const auto end = sonda_program(with_calls({"run", "--json", path}, 5));
  const auto told = joined(end.err);
  CAPTURE(told);
  CHECK(end.status == 0);
  CHECK(contains(told, "step0 -> step1 -> step2 -> ... -> step37 -> step38 -> step39 are 39 jumps"));
  CHECK(contains(told, "the kernel makes 33 at most"));
  CHECK(contains(told, "step34 and what comes after it will not run"));
  CHECK(value_in(end, "reached", 33) == 5);  // as it was said
  CHECK(value_in(end, "reached", 34) == 0);
  const auto checked = sonda_program({"check", path});
  CHECK(checked.status == 0);
  CHECK(contains(joined(checked.err), "step34 and what comes after it will not run"));
}

TEST_CASE("a chain that comes back to its beginning is noticed") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto end = sonda_program(with_calls({"run", "--json", probes.write("loop.c", chain(3, true))}, 1));
  const auto told = joined(end.err);
  CAPTURE(told);
  CHECK(contains(told, "step0 -> step1 -> step2 -> step0 comes back to where it began"));
  CHECK(value_in(end, "reached", 0) == 12);  // 34 programs, three of them in turn
  CHECK(value_in(end, "reached", 1) == 11);
}

TEST_CASE("the file says which maps stand in a map of maps") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto text = [](const std::string& slots, const std::string& second = "\"array\", int, u64, second, 2") {
    return "BPF_TABLE(\"array\", int, u64, first, 2);\nBPF_TABLE(" + second +
           ");\nBPF_ARRAY_OF_MAPS(outer, \"first\", 4);\n" + slots + "// @attach " + first_of_calls() +
           "\nint f(void *ctx) {\n  int slot = 2, one = 1;\n  u64 value = 7;\n  void *map = outer.lookup(&slot);\n"
           "  if (map) bpf_map_update_elem(map, &one, &value, BPF_ANY);\n  return 0;\n}\n";
  };
  const auto run = [&](const std::string& probe) {
    return sonda_program(with_calls({"run", "--json", probes.write("p.c", probe)}, 1));
  };
  CHECK(value_in(run(text("")), "second", 1) == 0);
  CHECK(value_in(run(text("// @slot outer[2] = second\n")), "second", 1) == 7);
  CHECK(value_in(run(text("// @slot outer[2] = first\n")), "first", 1) == 7);
  const auto beyond = run(text("// @slot outer[4] = second\n"));
  CHECK(beyond.status == 1);
  CHECK(contains(beyond.err, "p.c:4:10: the kernel refuses second in this slot"));
  const auto unlike = run(text("// @slot outer[2] = second\n", "\"hash\", u64, u64, second, 2"));
  CHECK(unlike.status == 1);
  CHECK(contains(unlike.err, "second is not like the maps that outer holds"));
  CHECK(sonda_program({"check", probes.write("p.c", text("// @slot outer[2] = second\n"))}).status == 0);
}

TEST_CASE("a queue and a stack are shown, whole at the end and their next value before") {
  SONDA_NEED_BPF();
  const Probes probes;
  const std::string text =
      "#include <uapi/linux/ptrace.h>\n"
      "BPF_QUEUE(queue, u64, 8);\nBPF_STACK(stack, u64, 8);\nBPF_QUEUE(nothing, u32, 8);\nBPF_ARRAY(calls, u64, 1);\n" +
      attached(first_of_calls(),
               "int f(struct pt_regs *ctx) {\n  calls.increment(0);\n  int zero = 0;\n  u64 *n = calls.lookup(&zero);\n"
               "  u64 number = n ? *n : 0;\n"
               "  queue.push(&number, 0);\n  stack.push(&number, 0);\n  return 0;\n}\n");
  const auto path = probes.write("p.c", text);
  const auto end = sonda_program(with_calls({"run", "--json", path}, 3));
  CAPTURE(end.err, end.out);
  std::vector<std::uint64_t> queue, stack;
  for (const auto& entry : objects(end, "entry")) {
    if (entry.at("map") == "queue") queue.push_back(entry.at("value").get<std::uint64_t>());
    if (entry.at("map") == "stack") stack.push_back(entry.at("value").get<std::uint64_t>());
  }
  CHECK(queue == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(stack == std::vector<std::uint64_t>{3, 2, 1});
  const auto shown = sonda_program(with_calls({"run", path}, 2));
  CHECK(contains(shown.out, "queue: 2 values\n"));
  CHECK(contains(shown.out, "nothing: empty\n"));
}

TEST_CASE("a run takes maps of every kind that BCC has a macro for") {
  SONDA_NEED_BPF();
  const Probes probes;
  const std::string text =
      "struct v4 { u32 prefixlen; u32 address; };\nstruct value { u64 a; };\n"
      "BPF_HASH(h); BPF_ARRAY(a); BPF_HISTOGRAM(hist); BPF_PERCPU_HASH(ph); BPF_PERCPU_ARRAY(pa);\n"
      "BPF_TABLE(\"lru_hash\", u32, u64, lru, 16); BPF_TABLE(\"lru_percpu_hash\", u32, u64, plru, 16);\n"
      "BPF_LPM_TRIE(trie, struct v4, u64, 16);\nBPF_STACK_TRACE(stacks, 16); BPF_STACK_TRACE_BUILDID(ids, 16);\n"
      "BPF_PROG_ARRAY(programs, 4); BPF_PERF_OUTPUT(out); BPF_RINGBUF_OUTPUT(ring, 8);\nBPF_PERF_ARRAY(counters, 4);\n"
      "BPF_CGROUP_ARRAY(cgroups, 4);\nBPF_DEVMAP(devices, 4); BPF_CPUMAP(cpus, 2); BPF_XSKMAP(xsk, 4);\n"
      "BPF_ARRAY_OF_MAPS(by_index, \"pa_inner\", 4);\nBPF_TABLE(\"array\", int, u64, pa_inner, 4);\n"
      "BPF_HASH_OF_MAPS(by_key, u32, \"pa_inner\", 4);\n"
      "BPF_QUEUE(queue, u32, 4); BPF_STACK(stack, u32, 4);\nBPF_SK_STORAGE(of_socket, struct value);\n"
      "BPF_INODE_STORAGE(of_file, struct value);\nBPF_TASK_STORAGE(of_task, struct value);\n"
      "BPF_CGROUP_STORAGE(of_cgroup, u64);\nBPF_PERCPU_CGROUP_STORAGE(of_cgroup_cpu, u64);\n"
      "BPF_SOCKMAP(sockets, 4); BPF_SOCKHASH(sockhash, u32, 4);\n" +
      attached(first_of_calls(), "int f(void *ctx) { a.increment(0); return 0; }\n");
  const auto end = sonda_program(with_calls({"run", "--json", probes.write("p.c", text)}, 6));
  CAPTURE(end.err);
  CHECK(end.status == 0);
  CHECK(value_in(end, "a", 0) == 6);
}

}  // namespace sonda::test
