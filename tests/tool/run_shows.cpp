// What `sonda run` shows: events, maps, histograms, traces, iterators; as text, JSON and CSV.

#include "support/catch.h"
#include "support/file_text.h"
#include "support/skip.h"
#include "tool/run_support.h"

namespace sonda::test {
namespace {

/// Sends an event, counts in three kinds of maps, for each call.
std::string counting_probe() {
  return "#include <uapi/linux/ptrace.h>\n"
         "struct call { u32 pid; u8 address[4]; u64 took; char comm[16]; };\n"
         "struct key { char comm[16]; u32 parity; };\n"
         "BPF_PERF_OUTPUT(calls);\n"
         "BPF_RINGBUF_OUTPUT(ring, 8);\n"
         "BPF_HASH(by_name, struct key);\n"
         "BPF_PERCPU_ARRAY(total, u64, 1);\n"
         "BPF_HISTOGRAM(dist);\n"
         "// @show calls.address as ipv4\n"
         "// @show took as duration\n"
         "// @attach " +
         first_of_calls() +
         "\n"
         "int on_call(struct pt_regs *ctx) {\n"
         "  struct call call = {.pid = bpf_get_current_pid_tgid() >> 32, .address = {10, 0, 0, 7}, .took = 1500};\n"
         "  bpf_get_current_comm(call.comm, sizeof(call.comm));\n"
         "  calls.perf_submit(ctx, &call, sizeof(call));\n"
         "  u64 value = PT_REGS_PARM1(ctx);\n"
         "  ring.ringbuf_output(&value, sizeof(value), 0);\n"
         "  struct key key = {.parity = value & 1};\n"
         "  bpf_get_current_comm(key.comm, sizeof(key.comm));\n"
         "  by_name.increment(key);\n"
         "  total.increment(0);\n"
         "  dist.increment(bpf_log2l(value));\n"
         "  return 0;\n"
         "}\n";
}

}  // namespace

TEST_CASE("each event and each entry is a JSON object, whole and exact") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto end = sonda_program(with_calls({"run", "--json", probes.write("p.c", counting_probe())}, 200));
  CAPTURE(end.err);
  REQUIRE(end.status == 0);
  std::size_t calls = 0, numbers = 0;
  for (const auto& event : objects(end, "event")) {
    if (event.at("map") == "calls") {
      ++calls;
      CHECK(event.at("data").at("address") == "10.0.0.7");
      CHECK(event.at("data").at("comm") == "calls");
    } else {
      ++numbers;
      CHECK(event.at("data").is_number());
    }
  }
  CHECK(calls == 200);
  CHECK(numbers == 200);
  std::uint64_t by_name = 0, total = 0;
  for (const auto& entry : objects(end, "entry")) {
    if (entry.at("map") == "by_name") by_name += entry.at("value").get<std::uint64_t>();
    if (entry.at("map") == "total") total += entry.at("value").get<std::uint64_t>();
  }
  CHECK(by_name == 200);
  CHECK(total == 200);
  REQUIRE(objects(end, "histogram").size() == 1);
  std::uint64_t in_buckets = 0;
  const auto histogram = objects(end, "histogram")[0];
  CHECK(histogram.at("scale") == "log2");
  for (const auto& bucket : histogram.at("buckets")) in_buckets += bucket.at("count").get<std::uint64_t>();
  CHECK(in_buckets == 200);
}

TEST_CASE("text has a header for each table, and shown fields") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", counting_probe());
  const auto events = sonda_program(with_calls({"run", "--map", "calls", path}, 2));
  CHECK(contains(events.out, "PID ADDRESS"));
  CHECK(contains(events.out, "10.0.0.7"));
  CHECK(contains(events.out, "1.5 us"));
  CHECK_FALSE(contains(events.out, "by_name"));
  const auto maps = sonda_program(with_calls({"run", "--map", "by_name", "--top", "1", path}, 5));
  CHECK(contains(maps.out, "by_name: 2 entries, the first 1 shown\n"));
  CHECK(contains(maps.out, "COMM"));
  CHECK(contains(maps.out, "PARITY VALUE\n"));
  const auto histogram = sonda_program(with_calls({"run", "--map", "dist", path}, 5));
  CHECK(contains(histogram.out, ": count     distribution\n"));
  CHECK(contains(histogram.out, "|****"));
}

TEST_CASE("CSV says of each line which map it is of, with a header where another begins") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", counting_probe());
  const auto events = sonda_program(with_calls({"run", "--csv", "--map", "calls", path}, 2));
  CHECK(contains(events.out, "map,pid,address,took_ns,comm\r\n"));
  CHECK(contains(events.out, "calls,"));
  CHECK(std::ranges::count(events.out, '\r') == 3);
  const auto maps = sonda_program(with_calls({"run", "--csv", "--map", "total", "--map", "dist", path}, 1));
  CHECK(contains(maps.out, "map,key,slot,count\r\ndist,,"));
  CHECK(contains(maps.out, ",1\r\nmap,key,value\r\ntotal,0,1\r\n"));
}

TEST_CASE("keys that only bytes of no field tell apart are told of") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto counting = [](const std::string& padding) {
    return "#include <uapi/linux/ptrace.h>\nstruct key { u32 number; u64 other; };\nBPF_HASH(seen, struct key);\n"
           "// @attach " +
           first_of_calls() +
           "\nint on_call(struct pt_regs *ctx) {\n  struct key key = {};\n  ((u32 *)&key)[1] = " + padding +
           ";\n  seen.increment(key);\n  return 0;\n}\n";
  };
  const auto dirty = probes.write("dirty.c", counting("bpf_ktime_get_ns()"));
  CHECK(
      contains(sonda_program(with_calls({"run", dirty}, 3)).out, "\n2 of these have the key of another but for bytes"));
  const auto told = objects(sonda_program(with_calls({"run", "--json", dirty}, 3)), "alike_keys");
  REQUIRE(told.size() == 1);
  CHECK(told[0].at("map") == "seen");
  CHECK(told[0].at("entries") == 2);
  const auto clean = sonda_program(with_calls({"run", probes.write("clean.c", counting("0"))}, 3));
  CHECK(contains(clean.out, "seen: 1 entry\n"));
  CHECK_FALSE(contains(clean.out, "of these"));
}

TEST_CASE("maps are sorted by a column that is named") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", counting_probe());
  const auto parities = [&](const std::string& column) {
    const auto end = sonda_program(with_calls({"run", "--json", "--map", "by_name", "--sort", column, path}, 3));
    std::string all;
    for (const auto& entry : objects(end, "entry")) all += entry.at("key").at("parity").dump();
    return all;
  };
  CHECK(parities("parity") == "10");
  const auto wrong = sonda_program(with_calls({"run", "--map", "by_name", "--sort", "parityy", path}, 3));
  CHECK(wrong.status == 2);
  CHECK(contains(wrong.err, "did you mean 'parity'"));
}

TEST_CASE("numbers are sorted as numbers, whatever is shown of them") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write(
      "p.c",
      "BPF_HASH(took, u32, u64);\nBPF_HASH(by_time, u64, u32);\nstatic u32 call;\n// @show took.value as duration\n"
      "// @show by_time.key as duration\n// @attach " +
          first_of_calls() +
          "\nint on_call(void *ctx) {\n  u32 i = call++;\n"
          "  u64 ns = i == 0 ? 900 : i == 1 ? 1000000 : i == 2 ? 30000 : 2000000000;\n"
          "  took.update(&i, &ns);\n  by_time.update(&ns, &i);\n  return 0;\n}\n");
  const auto shown = [&](const std::vector<std::string>& options, const char* part) {
    std::vector<std::string> arguments{"run", "--json"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.push_back(path);
    std::vector<std::uint64_t> all;
    for (const auto& entry : objects(sonda_program(with_calls(arguments, 4)), "entry"))
      all.push_back(entry.at(part).get<std::uint64_t>());
    return all;
  };
  using Numbers = std::vector<std::uint64_t>;
  CHECK(shown({"--map", "took"}, "value") == Numbers{2000000000, 1000000, 30000, 900});
  CHECK(shown({"--map", "took", "--top", "2"}, "value") == Numbers{2000000000, 1000000});
  CHECK(shown({"--map", "took", "--sort", "VALUE"}, "value") == Numbers{2000000000, 1000000, 30000, 900});
  CHECK(shown({"--map", "by_time", "--sort", "key"}, "key") == Numbers{2000000000, 1000000, 30000, 900});
  const auto text = sonda_program(with_calls({"run", "--map", "by_time", "--sort", "key", path}, 4)).out;
  const auto at = [&](const char* time) { return text.find(time); };
  CHECK(at("2.0 s") < at("1.0 ms"));
  CHECK(at("1.0 ms") < at("30.0 us"));
  CHECK(at("30.0 us") < at("900 ns"));
  CHECK(at("900 ns") != text.npos);
}

TEST_CASE("a run ends after so many events, or so much time") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", counting_probe());
  const auto counted = sonda_program(with_calls({"run", "--json", "-n", "7", path}, 1000));
  CHECK(objects(counted, "event").size() == 7);
  const auto timed = sonda_program({"run", "-d", "0.1", path});
  CHECK(timed.status == 0);
  CHECK(contains(timed.out, "by_name: 0 entries"));
}

TEST_CASE("maps are shown at each interval and at the end") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto end =
      sonda_program({"run", "-d", "0.55", "-i", "0.1", "--map", "by_name", probes.write("p.c", counting_probe())});
  std::size_t times = 0;
  for (auto at = end.out.find("by_name:"); at != end.out.npos; at = end.out.find("by_name:", at + 1)) ++times;
  CHECK(times >= 2);
}

TEST_CASE("what a program prints is shown line by line") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", "int hello(void *ctx) { bpf_trace_printk(\"hello %d\\n\", 42); return 0; }\n");
  const auto end = sonda_program(with_calls({"run", "--json", "--attach", first_of_calls() + "=hello", path}, 3));
  CAPTURE(end.err);
  std::size_t lines = 0;
  for (const auto& line : objects(end, "trace"))
    if (line.at("message") == "hello 42") ++lines;  // the kernel does not always know the task's name
  CHECK(lines == 3);
}

TEST_CASE("an iterator's text is printed, and the run ends by itself") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c",
                                 "BPF_ITER(task) {\n"
                                 "  if (!ctx->task) return 0;\n"
                                 "  u64 pid[] = {ctx->task->tgid};\n"
                                 "  const char line[] = \"task %d\\n\";\n"
                                 "  bpf_seq_printf(ctx->meta->seq, line, sizeof(line), pid, sizeof(pid));\n"
                                 "  return 0;\n"
                                 "}\n");
  const auto end = sonda_program({"run", path});
  CAPTURE(end.err);
  CHECK(end.status == 0);
  CHECK(contains(end.out, "task " + std::to_string(::getpid()) + "\n"));
}

TEST_CASE("stacks are functions by name, and a picture") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c",
                                 "#include <uapi/linux/ptrace.h>\n"
                                 "struct key { u32 pid; int user_stack; };\n"
                                 "BPF_HASH(counts, struct key);\n"
                                 "BPF_STACK_TRACE(stacks, 128);\n"
                                 "// @attach " +
                                     first_of_calls() +
                                     "\n"
                                     "int on_call(struct pt_regs *ctx) {\n"
                                     "  struct key key = {.pid = bpf_get_current_pid_tgid() >> 32};\n"
                                     "  key.user_stack = stacks.get_stackid(ctx, BPF_F_USER_STACK);\n"
                                     "  counts.increment(key);\n"
                                     "  return 0;\n"
                                     "}\n");
  const auto picture = probes.path() / "flames.svg";
  const auto end = sonda_program(with_calls({"run", "--folded", "--flamegraph", picture.string(), path}, 50));
  CAPTURE(end.err, end.out);
  CHECK(contains(end.out, "\ncalls;"));
  CHECK(contains(end.out, ";target_first 50\n"));
  const auto svg = text_of(picture);
  CHECK(contains(svg, "<svg"));
  CHECK(contains(svg, "target_first"));
  const auto text = sonda_program(with_calls({"run", path}, 50));
  CHECK(contains(text.out, "    target_first [calls]\n"));
  const auto json = sonda_program(with_calls({"run", "--json", path}, 50));
  const auto frame = json.out.find(R"("user_stack":[{"symbol":"target_first","offset":0,"module":"/)");
  CAPTURE(json.out);
  REQUIRE(frame != json.out.npos);
  CHECK(contains(json.out.substr(frame), R"(calls"},{"symbol":")"));
}

}  // namespace sonda::test
