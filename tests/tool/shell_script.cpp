// `sonda shell` without anybody at a prompt: -e, scripts, answers as objects.

#include "support/catch.h"
#include "support/file_text.h"
#include "support/skip.h"
#include "tool/shell_support.h"

namespace sonda::test {

TEST_CASE("a probe is loaded, attached, counted with, looked at and detached", "[shell]") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", counting_probe());
  const auto end = shell(path, {"attach", make_calls(7), "map counts get 0", "map by_process top 3 by value",
                                "list programs", "detach all", "list links"});
  CAPTURE(end.out, end.err);
  CHECK(end.status == 0);
  CHECK(contains(end.out, "1 program, 5 maps"));
  CHECK(contains(end.out, "1: on_call at uprobe:"));
  CHECK(contains(end.out, "exit status 0"));
  CHECK(contains(end.out, "  0     7\n"));
  CHECK(contains(end.out, "by_process: 1 entry"));
  CHECK(contains(end.out, "nothing is attached"));
}

TEST_CASE("every answer is an object with --json, and each command is closed by one", "[shell]") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", counting_probe());
  const auto end = shell(path,
                         {"attach", make_calls(3), "map counts get 0", "map states set 5 RUNNING", "map states get 5",
                          "map on_cpu set 0 9", "list", "stats", "help map", "source on_call", "map states delete 5",
                          "map counts clear", "detach 1"},
                         {"--json"});
  CAPTURE(end.out, end.err);
  CHECK(end.status == 0);
  CHECK(objects(end, "loaded").size() == 1);
  CHECK(objects(end, "attached").size() == 1);
  CHECK(objects(end, "event").size() == 3);
  CHECK(objects(end, "event").at(0).at("data").at("comm") == "calls");
  CHECK(objects(end, "command").at(0).at("status") == 0);
  const auto entries = objects(end, "entry");
  REQUIRE(entries.size() == 4);
  CHECK(entries[0].at("value") == 3);
  CHECK(entries[1].at("value") == "RUNNING");
  CHECK(entries[3].at("value").get<int>() % 9 == 0);
  CHECK(objects(end, "program").at(0).at("runs") == 3);
  CHECK(objects(end, "link").size() == 1);
  CHECK(objects(end, "map").size() == 5);
  CHECK(objects(end, "source").size() > 5);
  CHECK(objects(end, "detached").size() == 1);
  CHECK(objects(end, "done").size() == 14);
  for (const auto& done : objects(end, "done")) CHECK(done.at("ok") == true);
}

TEST_CASE("a script stops at its first error, with the line and the error's status", "[shell]") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", counting_probe());
  const auto stopped = shell(path, {"list maps", "map cuonts", "help"});
  CHECK(stopped.status == 2);
  CHECK(contains(stopped.err, "sonda: line 2: usage: cuonts: there is no such map"));
  CHECK(contains(stopped.err, "did you mean 'counts'?"));
  CHECK_FALSE(contains(stopped.out, "Detach everything"));
  const auto all = shell(path, {"map cuonts", "nonsense", "help"}, {"--keep-going"});
  CHECK(all.status == 2);
  CHECK(contains(all.err, "line 2: usage: nonsense: there is no such command"));
  CHECK(contains(all.out, "Detach everything"));
  const auto wrong = shell(path, {"map counts set 0 x"}, {"--json"});
  CHECK(wrong.status == 2);
  CHECK(objects(wrong, "error").at(0).at("cause") == "expected a whole number from 0 to 18446744073709551615, not 'x'");
  CHECK(objects(wrong, "done").back().at("ok") == false);
  CHECK(shell("/no/such/probe.c", {"help"}).status == 1);
}

TEST_CASE("events are kept while nobody looks, shown first, and filtered", "[shell]") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", counting_probe());
  const auto end = shell(path,
                         {"attach", "map counts set 0 10", make_calls(2), "events -d 0", "map counts set 0 99",
                          make_calls(1), "events -d 0 calls number > 100", "events -d 0 calls comm == \"nobody\""},
                         {"--json"});
  CAPTURE(end.out, end.err);
  CHECK(end.status == 0);
  CHECK(objects(end, "event").size() == 3);
  const auto wrong = shell(path, {"events -d 0 calls numbr > 1"});
  CHECK(wrong.status == 2);
  CHECK(contains(wrong.err, "did you mean 'number'?"));
  CHECK(contains(wrong.err, "^"));
  CHECK(contains(shell(path, {"events -d 0 clls"}).err, "did you mean 'calls'?"));
}

TEST_CASE("a file is edited while it runs, and its maps keep their data", "[shell]") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", counting_probe());
  const auto edited = probes.write("edited.c", counting_probe("BPF_HASH(later, u32, u32);\n"));
  const auto broken = probes.write("broken.c", counting_probe("this is no C;\n"));
  const auto editor = probes.write("editor", "#!/bin/sh\ncp \"$1\" \"$2\"\n");
  std::filesystem::permissions(editor, std::filesystem::perms::owner_all);
  const ScopedVariable visual("VISUAL", editor + " " + edited);
  const auto end = shell(path,
                         {"attach", make_calls(4), "edit", "map counts get 0", "list maps", "set STEP 10",
                          make_calls(1), "map counts get 0"},
                         {"--json"});
  CAPTURE(end.out, end.err);
  CHECK(end.status == 0);
  const auto entries = objects(end, "entry");
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].at("value") == 4);
  CHECK(entries[1].at("value") == 14);
  CHECK(objects(end, "reload").size() == 2);
  CHECK(objects(end, "map").size() == 6);

  probes.write("p.c", counting_probe());
  const ScopedVariable breaks("VISUAL", editor + " " + broken);
  const auto kept =
      shell(path, {"attach", make_calls(4), "edit", make_calls(1), "map counts get 0"}, {"--json", "--keep-going"});
  CAPTURE(kept.out, kept.err);
  CHECK(kept.status == 1);
  CHECK(objects(kept, "error").at(0).at("stage") == "compile");
  CHECK(objects(kept, "entry").at(0).at("value") == 5);
}

TEST_CASE("a loaded function is explained, and a refused one, too", "[shell]") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", counting_probe());
  const auto text = shell(path, {"attach", "explain on_call"});
  CAPTURE(text.out, text.err);
  CHECK(text.status == 0);
  CHECK(contains(text.out, "on_call (kprobe)"));
  CHECK(contains(text.out, "|   u64 *count = counts.lookup(&first);"));
  CHECK(contains(text.out, "call bpf_map_lookup_elem"));
  CHECK(contains(text.out, "the kernel takes it"));

  const auto refused = probes.write("refused.c",
                                    "BPF_HASH(counts, u32, u64);\n"
                                    "int bad(struct pt_regs *ctx) {\n"
                                    "  u32 key = 1;\n"
                                    "  u64 *count = counts.lookup(&key);\n"
                                    "  return *count;\n"
                                    "}\n");
  const auto end = shell(refused, {"explain"}, {"--json"});
  CAPTURE(end.out, end.err);
  CHECK(end.status == 0);
  CHECK(objects(end, "probe").size() == 1);
  REQUIRE(objects(end, "function").size() == 1);
  CHECK(objects(end, "function")[0].at("refusal").at("line") == 5);
  CHECK(objects(end, "done").back().at("ok") == true);

  CHECK(contains(shell(path, {"help explain"}).out,
                 "  Each line with its BPF and native instructions, and what the verifier knew\n"
                 "  there; of one that the kernel refuses, the way to that. Without FUNCTION: all\n"));
  const auto unknown = shell(path, {"explain on_cal"});
  CHECK(unknown.status == 2);
  CHECK(contains(unknown.err, "did you mean 'on_call'?"));
}

TEST_CASE("a reload attaches nothing a second time that was attached function by function", "[shell]") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", counting_probe("BPF_ARRAY(others, u64, 1);\n// @attach interval:s:60\n"
                                                       "int other(void *ctx) { return 0; }\n"));
  const auto end = shell(
      path, {"attach on_call", "attach other", "reload", make_calls(3), "map counts get 0", "list links"}, {"--json"});
  CAPTURE(end.out, end.err);
  CHECK(objects(end, "entry").at(0).at("value") == 3);
  CHECK(objects(end, "link").size() == 2);
}

TEST_CASE("a session is saved as a script that replays it", "[shell]") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", counting_probe());
  const auto script = (probes.path() / "s.sonda").string();
  const auto first =
      shell(path, {"attach", "map counts set 1 5", "map nothing", "help", "save " + script}, {"--keep-going"});
  CHECK(contains(first.out, "3 commands"));
  CHECK(text_of(script) == "# sonda shell script\nload " + path + "\nattach\nmap counts set 1 5\n");
  const auto refused = shell(path, {"save " + path});
  CHECK(refused.status == 2);
  CHECK(contains(refused.err, "there is a file already"));
}

TEST_CASE("a function that is attached at a point of one's own finds its slots filled", "[shell]") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c",
                                 "BPF_PROG_ARRAY(steps, 4);\nBPF_ARRAY(reached, u64, 2);\nBPF_ARRAY(inner, u64, 1);\n"
                                 "BPF_ARRAY_OF_MAPS(outer, \"inner\", 2);\n"
                                 "// @tailcall steps[0] = next\n// @slot outer[1] = inner\n"
                                 "int next(struct pt_regs *ctx) { reached.increment(1); return 0; }\n"
                                 "int first(struct pt_regs *ctx) {\n"
                                 "  int slot = 1, zero = 0;\n"
                                 "  void *map = outer.lookup(&slot);\n"
                                 "  u64 *n = map ? bpf_map_lookup_elem(map, &zero) : 0;\n"
                                 "  if (n) *n += 1;\n"
                                 "  reached.increment(0);\n  steps.call(ctx, 0);\n  return 0;\n}\n");
  const auto end = shell(path,
                         {"attach " + first_of_calls() + "=first", make_calls(7), "map reached get 0",
                          "map reached get 1", "map inner get 0", "reload", make_calls(2), "map reached get 1"},
                         {"--json"});
  CAPTURE(end.out, end.err);
  CHECK(end.status == 0);
  std::vector<int> counts;
  for (const auto& entry : objects(end, "entry")) counts.push_back(entry.at("value").get<int>());
  CHECK(counts == std::vector<int>{7, 7, 7, 9});
}

TEST_CASE("a point with blanks is attached as it stands or in quotes", "[shell]") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto folder = probes.path() / "with blank";
  std::filesystem::create_directory(folder);
  std::filesystem::copy_file(target("calls"), folder / "calls");
  const auto path =
      probes.write("p.c", "BPF_ARRAY(counts, u64, 1);\nint f(void *ctx) { counts.increment(0); return 0; }\n");
  const auto point = "uprobe:" + (folder / "calls").string() + ":target_first";
  const auto run = "run \"" + (folder / "calls").string() + "\" --first 4";
  for (const auto& given : {point + "=f", "\"" + point + "=f\"", "'" + point + "'=f"}) {
    CAPTURE(given);
    const auto end = shell(path, {"attach " + given, run, "map counts get 0"}, {"--json"});
    CAPTURE(end.out, end.err);
    REQUIRE(objects(end, "attached").size() == 1);
    CHECK(objects(end, "attached")[0].at("point") == point);
    CHECK(objects(end, "entry").at(0).at("value") == 4);
  }
  const auto more = shell(path, {"attach \"" + point + "=f\" pid=1"});
  CHECK(more.status == 2);
  CHECK(contains(more.err, "pid=1: it takes no more than what stands before this"));
}

TEST_CASE("questions about values are answered exactly", "[shell]") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("p.c", counting_probe());
  const auto end =
      shell(path,
            {"map by_process set {pid=7, comm=\"a b\"} 3", "map by_process get 7 'a b'", "map by_process set 8 sh 300",
             "map by_process hist", "map by_process delete {8, sh}", "map by_process get 8 sh"},
            {"--json", "--keep-going"});
  CAPTURE(end.out, end.err);
  const auto entries = objects(end, "entry");
  REQUIRE(entries.size() == 3);
  CHECK(entries[1].at("key").at("comm") == "a b");
  CHECK(objects(end, "histogram").at(0).at("count") == 2);
  CHECK(objects(end, "error").at(0).at("cause") == "there is no such entry");
}

}  // namespace sonda::test
