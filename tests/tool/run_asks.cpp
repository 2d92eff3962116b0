// What `sonda run` and `sonda check` are asked, rightly and wrongly.

#include "support/catch.h"
#include "support/skip.h"
#include "tool/run_support.h"

namespace sonda::test {
namespace {

std::string counter(const std::string& point, const std::string& body = "counts.increment(0);") {
  return "BPF_ARRAY(counts, u64, 1);\n// @attach " + point + "\nint count(void *ctx) {\n  " + body +
         "\n  return 0;\n}\n";
}

std::uint64_t count_in(const ToolEnd& end) {
  const auto entries = objects(end, "entry");
  return entries.empty() ? 0 : entries.front().at("value").get<std::uint64_t>();
}

}  // namespace

TEST_CASE("a command is traced from its first instruction, and its status is returned") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", counter("uprobe:/proc/$PID/exe:target_first"));
  const auto end = sonda_program(with_calls({"run", "--json", path}, 321));
  CAPTURE(end.err);
  CHECK(count_in(end) == 321);
  CHECK(sonda_program({"run", path, "--", "/bin/sh", "-c", "exit 7"}).status != 7);  // a shell has no such function
  const auto timer = probes.write("t.c", counter("interval:s:1"));
  CHECK(sonda_program({"run", timer, "--", "/bin/sh", "-c", "exit 7"}).status == 7);
  CHECK(sonda_program({"run", timer, "--", "/bin/sh", "-c", "kill -TERM $$"}).status == 143);
}

TEST_CASE("without a file the probes that have a name are listed, and any of them runs by it") {
  SONDA_NEED_BPF();
  const Probes probes;
  probes.write("ticks.c", "// ticks.c: counts \x1b[31mticks\n" + counter("interval:ms:10"));
  const ScopedVariable path("SONDA_PROBE_PATH", probes.path().string());

  const auto listed = sonda_program({"run"});
  CHECK(listed.status == 0);
  CHECK(contains(listed.out, "\nticks                   counts \\x1b[31mticks\n"));
  CHECK(contains(listed.out, "\nopens                   who opens files, and what became of it?\n"));
  CHECK(contains(listed.out, "\npagefaultcount          Minor and major page faults"));
  const auto all = objects(sonda_program({"run", "--json"}), "probe");
  REQUIRE_FALSE(all.empty());
  CHECK(all.front()["name"] == "ticks");
  CHECK(all.front()["path"] == (probes.path() / "ticks.c").string());
  CHECK(all.front()["origin"] == "SONDA_PROBE_PATH");
  CHECK(all.front()["about"] == "counts \x1b[31mticks");

  CHECK(count_in(sonda_program({"run", "--json", "-d", "0.5", "ticks"})) > 10);
  const auto unknown = sonda_program({"run", "tick"});
  CHECK(unknown.status == 1);
  CHECK(contains(unknown.err, "\nthere are:\n"));
  CHECK(contains(unknown.err, "\n  opens                   who opens files, and what became of it?\n"));
  CHECK(contains(unknown.err, "hint: did you mean 'ticks'"));
  CHECK(sonda_program({"run", "--", "true"}).status == 2);
  CHECK(sonda_program({"run", "--attach", "interval:s:1=f"}).status == 2);
  CHECK(sonda_program({"check"}).status == 2);
}

TEST_CASE("a command that cannot be started is an error of its own") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", counter("interval:s:1"));
  const auto missing = sonda_program({"run", path, "--", "/no/such/program"});
  CHECK(missing.status == 2);
  CHECK(contains(missing.err, "/no/such/program: cannot start it: No such file or directory"));
  CHECK(sonda_program({"run", path, "--"}).status == 2);
}

TEST_CASE("a process can be named, for points and for parameters") {
  SONDA_NEED_BPF();
  const Probes probes;
  TargetProcess one(target("calls"), {"--first", "30", "--wait-for-newline"});
  TargetProcess other(target("calls"), {"--first", "30", "--wait-for-newline"});
  one.line();
  other.line();
  StartedTool tool(
      "sonda",
      {"run", "--json", "-p", std::to_string(one.pid()), "-d", "60", probes.write("p.c", counter(first_of_calls()))},
      {});
  REQUIRE(tool.ready());
  other.go_on();
  one.go_on();
  one.line();
  other.line();
  tool.signal(SIGINT, false);
  const auto end = tool.wait();
  CAPTURE(end.err);
  CHECK(end.status == 0);
  CHECK(count_in(end) == 30);
}

TEST_CASE("a probe that waits for a process says so") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto end = sonda_program({"run", probes.write("p.c", counter("uprobe:/proc/$PID/exe:main"))});
  CHECK(end.status == 1);
  CHECK(contains(end.err, "it speaks of $PID, and no process is named"));
}

TEST_CASE("the command line attaches beside the file, or in place of it") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto calls = [](const std::string& name) { return "uprobe:" + target("calls").string() + ":" + name; };
  const auto path = probes.write("p.c", counter(calls("target_first")));
  const auto run = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"run", "--json"});
    for (const auto& word : {path, std::string("--"), target("calls").string(), std::string("--first"),
                             std::string("17"), std::string("--second"), std::string("4")})
      options.push_back(word);
    return sonda_program(options);
  };
  const auto second = calls("target_second") + "=count";
  CHECK(count_in(run({})) == 17);
  CHECK(count_in(run({"--attach", second})) == 21);
  CHECK(count_in(run({"--attach-only", second})) == 4);
  // What the file says already is not attached twice.
  CHECK(count_in(run({"--attach", calls("target_first") + "=count"})) == 17);
  CHECK(count_in(run({"--attach-only", second, "--attach-only", calls("target_first") + "=count"})) == 21);
  const auto both = run({"--attach", second, "--attach-only", second});
  CHECK(both.status == 2);
  CHECK(contains(both.err, "--attach-only: --attach is given, too"));

  // Of several files, the one that has the function.
  const auto other = probes.write("other.c",
                                  "BPF_ARRAY(others, u64, 1);\n// @attach interval:s:60\n"
                                  "int other(void *ctx) { others.increment(0); return 0; }\n");
  const auto two = run({"--attach", second, other});
  CHECK(value_in(two, "counts", 0) == 21);
  const auto only = run({"--attach-only", calls("target_second") + "=other", other});
  CHECK(value_in(only, "counts", 0) == 0);
  CHECK(value_in(only, "others", 0) == 4);
  CHECK(contains(run({"--attach", calls("target_second") + "=ohter", other}).err, "did you mean 'other'"));

  const auto misspelt = sonda_program({"run", "--attach", first_of_calls() + "=cuont", path});
  CHECK(misspelt.status == 1);
  CHECK(contains(misspelt.err, "did you mean 'count'"));
  CHECK(contains(sonda_program({"run", "--attach", "kprobe:x", path}).err, "the function is missing"));
}

TEST_CASE("parameters and compiler flags reach the probe") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", "// @param STEP 1 \"by how much\"\n#ifndef TIMES\n#define TIMES 1\n#endif\n" +
                                            counter(first_of_calls(), "counts.increment(0, STEP * TIMES);"));
  CHECK(count_in(sonda_program(with_calls({"run", "--json", path}, 10))) == 10);
  CHECK(count_in(sonda_program(with_calls({"run", "--json", "--set", "STEP=3", path}, 10))) == 30);
  CHECK(count_in(sonda_program(with_calls({"run", "--json", "--set", "STEP=3", "--cflag=-DTIMES=5", path}, 10))) ==
        150);
  const auto wrong = sonda_program({"run", "--set", "STEPS=3", path});
  CHECK(wrong.status == 2);
  CHECK(contains(wrong.err, "did you mean 'STEP'"));
}

TEST_CASE("an edit counts from the next run on") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto head = std::string("#include <uapi/linux/ptrace.h>\nBPF_PERF_OUTPUT(events);\n");
  const auto body = [](const std::string& fields, const std::string& symbol) {
    return "struct call {" + fields + "};\n// @attach uprobe:" + target("calls").string() + ":" + symbol +
           "\nint f(struct pt_regs *ctx) {\n  struct call call = {};\n  call.value = PT_REGS_PARM1(ctx);\n"
           "  events.perf_submit(ctx, &call, sizeof(call));\n  return 0;\n}\n";
  };
  const auto run = [&](const std::string& text) {
    const auto end = sonda_program(with_calls({"run", "--json", probes.write("p.c", text)}, 4));
    CAPTURE(end.err);
    REQUIRE(end.status == 0);
    return end;
  };
  CHECK(objects(run(head + body("u64 value;", "target_first")), "event").size() == 4);
  // another field
  const auto wider = run(head + body("u32 flag; u64 value;", "target_first"));
  CAPTURE(wider.out, wider.err);
  REQUIRE(objects(wider, "event").size() == 4);
  CHECK(objects(wider, "event")[0].at("data").contains("flag"));
  // another attach point
  CHECK(objects(run(head + body("u64 value;", "target_second")), "event").empty());
  // another map
  const auto counted = run("BPF_HASH(seen, u32);\n// @attach " + first_of_calls() +
                           "\nint f(void *ctx) { seen.increment(5); return 0; }\n");
  REQUIRE(objects(counted, "entry").size() == 1);
  CHECK(objects(counted, "entry")[0].at("key") == 5);
  CHECK(objects(counted, "entry")[0].at("value") == 4);
}

TEST_CASE("wrong command lines are refused with status 2") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", counter("interval:s:1"));
  for (const std::vector<std::string>& line : {std::vector<std::string>{"run", "--", "true"},
                                               {"frobnicate"},
                                               {"run", path, "-p", "x"},
                                               {"run", path, "-p", "1", "--", "true"},
                                               {"run", path, "-i", "0"},
                                               {"run", path, "--map", "nope"},
                                               {"run", path, "--json", "--csv"},
                                               {"check"}}) {
    CAPTURE(line);
    const auto end = sonda_program(line);
    CHECK(end.status == 2);
    CHECK(end.out.empty());
    CHECK_FALSE(end.err.empty());
  }
  CHECK(contains(sonda_program({"run", path, "--map", "count"}).err, "did you mean 'counts'"));
  CHECK(contains(sonda_program({"run", path, "-p", "2147483647"}).err, "there is no such process"));
}

TEST_CASE("help and version need nobody's leave") {
  CHECK(contains(sonda_program({"run", "--help"}).out, "--flamegraph"));
  CHECK(contains(sonda_program({"--version"}).out, "sonda "));
}

TEST_CASE("a check says what each program costs, and attaches nothing") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto good = probes.write("good.c", counter(first_of_calls()));
  const auto end = sonda_program({"check", "--json", good});
  CHECK(end.status == 0);
  const auto row = nlohmann::json::parse(end.out);
  CHECK(row.at("program") == "count");
  CHECK(row.at("accepted") == true);
  CHECK(row.at("program_type") == "kprobe");
  CHECK(row.at("maps") == nlohmann::json::array({"counts"}));
  CHECK(row.at("instructions").get<int>() > 3);
  CHECK(row.at("verified").get<int>() > 3);
  CHECK(row.at("stack_bytes").get<int>() >= 4);
  CHECK(row.at("jit_bytes").get<int>() > 0);
  CHECK(row.at("helpers") == nlohmann::json::array({"map_lookup_elem"}));
}

TEST_CASE("a check fails if one program of one file is refused") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto good = probes.write("good.c", counter("interval:s:1"));
  const auto refused =
      probes.write("refused.c", "BPF_HASH(seen, u32);\n" +
                                    counter("interval:s:1", "u32 key = 0;\n  u64 *n = seen.lookup(&key);\n  *n += 1;"));
  const auto broken = probes.write("broken.c", counter("interval:s:1", "int x = ;"));
  const auto end = sonda_program({"check", good, refused, broken});
  CHECK(end.status == 1);
  CHECK(contains(end.out, "count"));
  CHECK(contains(end.err, "refused.c:7"));
  CHECK(contains(end.err, "broken.c:4"));
  const auto json = sonda_program({"check", "--json", refused});
  CHECK(json.status == 1);
  CHECK(nlohmann::json::parse(json.out).at("accepted") == false);
  const auto refusal = nlohmann::json::parse(json.out);
  CHECK(refusal.at("stage") == "verify");
  // Where the machine is too slow to try a change there is none.
  if (refusal.at("hint_tried").get<bool>()) CHECK(refusal.at("hint") == "after line 6: if (!n) return 0;");
  if (contains(end.err, "(tried: "))
    CHECK(contains(end.err, "hint (tried: it loads): after line 6: if (!n) return 0;"));
}

}  // namespace sonda::test
