// What the rows of `sonda run` say: histograms by their own scale, maps that are left out, conditions, what is new.
#include <csignal>
#include <map>
#include <regex>

#include "support/catch.h"
#include "support/skip.h"
#include "tool/run_support.h"

namespace sonda::test {
namespace {

/// Counts calls from 0 on, and does something with each number `n`.
std::string numbering(const std::string& declared, const std::string& body) {
  return "#include <uapi/linux/ptrace.h>\nstatic u64 calls;\n" + declared + "\n// @attach " + first_of_calls() +
         "\nint on_call(struct pt_regs *ctx) {\n  u64 n = calls++;\n  " + body + "\n  return 0;\n}\n";
}

/// Of 16 calls, so with the numbers 0 to 15.
std::string histograms() {
  return numbering(
      "struct key { u32 who; u64 slot; };\nBPF_HISTOGRAM(by_log2l);\nBPF_HISTOGRAM(by_log2);\n"
      "BPF_HISTOGRAM(plain);\nBPF_HISTOGRAM(sum);\nBPF_HISTOGRAM(keyed, struct key);\n"
      "// @show by_log2.key as duration",
      "u64 slot = bpf_log2l(n);\n  by_log2l.increment(slot);\n  by_log2.increment(bpf_log2(n));\n  slot = n / 8 + 3;\n"
      "  plain.increment(slot);\n  sum.increment(0, n);\n"
      "  struct key key = {.who = n < 6 ? 2 : 10, .slot = bpf_log2l(n)};\n  keyed.increment(key);");
}

std::vector<nlohmann::json> of_map(const ToolEnd& end, const std::string& type, const std::string& map) {
  auto all = objects(end, type);
  std::erase_if(all, [&](const auto& object) { return object.at("map") != map; });
  return all;
}

/// "low-high:count ..."
std::string buckets_of(const nlohmann::json& histogram) {
  std::string text;
  for (const auto& bucket : histogram.at("buckets"))
    text += (text.empty() ? "" : " ") + bucket.at("low").dump() + "-" + bucket.at("high").dump() + ":" +
            bucket.at("count").dump();
  return text;
}

std::uint64_t entry(const ToolEnd& end, const std::string& map) {
  const auto all = of_map(end, "entry", map);
  REQUIRE(all.size() == 1);
  return all[0].at("value").get<std::uint64_t>();
}

}  // namespace

TEST_CASE("each histogram of a file has its own scale, its slots the values that its function gives them") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto end = sonda_program(with_calls({"run", "--json", probes.write("h.c", histograms())}, 16));
  CAPTURE(end.err);
  REQUIRE(end.status == 0);
  const auto one = [&](const std::string& map) {
    const auto all = of_map(end, "histogram", map);
    REQUIRE(all.size() == 1);
    return all[0];
  };
  const std::string by_powers = "0-1:2 2-3:2 4-7:4 8-15:8";
  CHECK(buckets_of(one("by_log2l")) == by_powers);
  CHECK(one("by_log2l").at("label") == "by_log2l");
  CHECK(buckets_of(one("by_log2")) == by_powers);
  CHECK(one("by_log2").at("label") == "by_log2 (nsecs)");
  CHECK(buckets_of(one("plain")) == "3-3:8 4-4:8");
  CHECK(one("plain").at("scale") == "linear");
  CHECK(of_map(end, "histogram", "sum").empty());
  CHECK(entry(end, "sum") == 120);  // 0 + 1 + ... + 15
}

TEST_CASE("histograms of several keys stand in the order of their numbers, with --top by their counts") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("h.c", histograms());
  const auto keys = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"run", "--json", path, "--map", "keyed"});
    std::string text;
    for (const auto& one : objects(sonda_program(with_calls(options, 16)), "histogram"))
      text += one.at("key").get<std::string>() + ":" + one.at("count").dump() + " ";
    return text;
  };
  CHECK(keys({}) == "2:6 10:10 ");
  CHECK(keys({"--top", "1"}) == "10:10 ");
}

TEST_CASE("rows are sorted by the values of their columns, whatever is shown") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write(
      "s.c", numbering("enum what { zebra = 1, apple = 2, mango = 3 };\nstruct stat { enum what what; u64 took; };\n"
                       "BPF_HASH(stats, u32, struct stat);\n// @show took as duration",
                       "u32 key = n;\n  struct stat stat = {n == 0 ? zebra : n == 1 ? apple : mango, "
                       "n == 0 ? 900 : n == 1 ? 1000000 : 20000};\n  stats.update(&key, &stat);"));
  const auto keys = [&](const std::string& column, const std::string& top) {
    const auto end =
        sonda_program(with_calls({"run", "--json", path, "--map", "stats", "--sort", column, "--top", top}, 3));
    std::string text;
    for (const auto& one : objects(end, "entry")) text += one.at("key").dump();
    return text;
  };
  CHECK(keys("what", "3") == "210");
  CHECK(keys("took", "3") == "120");
  CHECK(keys("took", "2") == "12");
}

TEST_CASE("a histogram in text begins with its first row that has something") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto end = sonda_program(with_calls({"run", probes.write("h.c", histograms()), "--map", "plain"}, 16));
  CHECK(contains(end.out, "distribution\n        3          : 8 "));
}

TEST_CASE("a map of the probe's own is left out unless somebody asks for it") {
  SONDA_NEED_BPF();
  const Probes probes;
  const std::string maps = "BPF_HASH(began, u32, u64);\nBPF_HASH(last, u32, u64);\nBPF_HASH(seen, u32, u64);\n";
  const std::string body =
      "u32 key = n;\n  began.update(&key, &n);\n  last.update(&key, &n);\n  seen.update(&key, &n);\n"
      "  if (n) { key = n - 1; began.delete(&key); }";
  const auto shown = [&](const std::string& lines, const std::vector<std::string>& options = {}) {
    std::vector<std::string> words{"run", "-v", probes.write("p.c", numbering(maps + lines, body))};
    words.insert(words.end(), options.begin(), options.end());
    const auto end = sonda_program(with_calls(words, 2));
    CAPTURE(end.err);
    CHECK(end.status == 0);
    std::string names;
    for (const std::string name : {"began", "last", "seen"})
      if (contains(end.out, "\n" + name + ": ")) names += name + " ";
    const auto at = end.err.find("not shown without --map: ");
    return names + "| " + (at == end.err.npos ? "" : end.err.substr(at + 25, end.err.find('\n', at) - at - 25));
  };
  CHECK(shown("") == "last seen | began");
  CHECK(shown("// @hide last\n") == "seen | began, last");
  CHECK(shown("// @show began.value as time\n") == "began last seen | ");
  CHECK(shown("// @hide last\n", {"--map", "began", "--map", "last"}) == "began last | ");
  const auto wrong = sonda_program({"run", probes.write("w.c", numbering(maps + "// @hide sen\n", body))});
  CHECK(wrong.status == 1);
  CHECK(contains(wrong.err, "@hide: the probe has no map 'sen'"));
}

TEST_CASE("events and entries are shown of which the condition holds") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write(
      "w.c", numbering("struct event { u64 n; int result; char comm[16]; };\nBPF_PERF_OUTPUT(events);\n"
                       "struct key { u64 n; };\nstruct stat { u64 twice; u64 parity; };\nBPF_HASH(stats, struct key, "
                       "struct stat);\nBPF_HASH(other, u32, u64);\nBPF_PERCPU_HASH(sums, u32, u64);\n",
                       "struct event e = {.n = n, .result = n % 3 ? 5 : -5};\n"
                       "  bpf_get_current_comm(e.comm, sizeof(e.comm));\n  events.perf_submit(ctx, &e, sizeof(e));\n"
                       "  struct key key = {n}; struct stat stat = {n * 2, n & 1};\n  stats.update(&key, &stat);\n"
                       "  u32 k = 7; other.increment(k); k = n; u64 zero = 0, *sum = sums.lookup_or_try_init(&k, "
                       "&zero);\n  if (sum) *sum += n;"));
  const auto run = [&](const std::string& condition, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"run", "--json", path, "--where", condition};
    words.insert(words.end(), more.begin(), more.end());
    auto end = sonda_program(with_calls(words, 9));
    CAPTURE(end.err);
    REQUIRE(end.status == 0);
    return end;
  };
  const auto failed = run("result < 0 and comm == \"calls\"");
  CHECK(objects(failed, "event").size() == 3);
  for (const auto& event : objects(failed, "event")) CHECK(event.at("data").at("result") == -5);
  CHECK(of_map(failed, "entry", "stats").size() == 9);  // they have no such fields
  CHECK(objects(run("result < 0 and comm ~ \"x*\""), "event").empty());

  const auto few = run("n < 4");
  CHECK(objects(few, "event").size() == 4);
  CHECK(of_map(few, "entry", "stats").size() == 4);
  CHECK(of_map(few, "entry", "other").size() == 1);
  const auto both = of_map(run("n > 5 and parity == 1"), "entry", "stats");  // of key and value
  REQUIRE(both.size() == 1);
  CHECK(both[0].at("key").at("n") == 7);
  CHECK(of_map(run("key == 3 or value > 6"), "entry", "sums").size() == 3);

  // What is left out does not count.
  CHECK(objects(run("n >= 2", {"-n", "3"}), "event").back().at("data").at("n") == 4);
}

TEST_CASE("a condition that fits nothing is refused, with the field that was meant") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("w.c", numbering("BPF_HASH(seen, u32, u64);\nstruct e { u64 took; };\n"
                                                  "BPF_PERF_OUTPUT(events);\n",
                                                  "struct e e = {n}; events.perf_submit(ctx, &e, sizeof(e));\n"
                                                  "u32 k = 1; seen.increment(k);"));
  const auto refused = [&](const std::string& condition) {
    const auto end = sonda_program({"run", path, "--where", condition});
    CHECK(end.status == 2);
    return end.err;
  };
  CHECK(contains(refused("tok > 5"), "did you mean 'took'?"));
  CHECK(contains(refused("took > 5 and key == 1"), "has all of these fields"));
  CHECK(contains(refused("took >"), "expected what it is compared with"));
}

TEST_CASE("snapshots with --delta have what was added, those with --clear empty the map, and lose nothing") {
  SONDA_NEED_BPF();
  const Probes probes;
  // An array, whose entries are never removed, a hash, and one with a value for each CPU.
  const auto path = probes.write(
      "d.c", numbering("BPF_ARRAY(array, u64, 1);\nBPF_HASH(hash, u32, u64);\nBPF_PERCPU_HASH(cpus, u32, u64);\n",
                       "u32 k = 0;\n  array.increment(k); hash.increment(k);\n"
                       "  u64 zero = 0, *one = cpus.lookup_or_try_init(&k, &zero);\n  if (one) *one += 1;"));
  const auto sums = [&](const std::string& option) {
    TargetProcess calls(target("calls"), {"--first", "100000", "--wait-for-newline"});
    StartedTool tool("sonda", {"run", "--json", path, "-i", "0.05", option}, {});
    REQUIRE(tool.ready());
    REQUIRE(tool.says("\"snapshot\":2,"));
    calls.line();
    calls.go_on();
    CHECK(calls.line() == "done");
    tool.signal(SIGINT, false);
    const auto end = tool.wait();
    CAPTURE(end.err);
    REQUIRE(end.status == 0);
    std::map<std::string, std::uint64_t> all;
    for (const auto& one : objects(end, "entry")) {
      all[one.at("map")] += one.at("value").get<std::uint64_t>();
      CHECK(one.at("snapshot") > 1);  // where nothing was added there are no entries
    }
    return all;
  };
  CHECK(sums("--delta") == std::map<std::string, std::uint64_t>{{"array", 100000}, {"cpus", 100000}, {"hash", 100000}});
  // The program may be about to add to an entry that is taken. Of an array what comes between is lost; and the kernel
  // copies its values with no regard to who adds to them meanwhile: seen was a sum of 101704.
  for (const auto& [map, sum] : sums("--clear")) {
    CAPTURE(map);
    CHECK(sum <= (map == "array" ? 110000 : 100000));
    CHECK(sum >= (map == "array" ? 90000 : 99900));
  }
}

TEST_CASE("snapshots are marked in every format") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto path = probes.write("m.c", numbering("BPF_HASH(seen, u32, u64);\n", "u32 k = 5; seen.increment(k);"));
  const auto run = [&](const std::vector<std::string>& options) {
    std::vector<std::string> words{"run", path, "--map", "seen", "-i", "60"};
    words.insert(words.end(), options.begin(), options.end());
    const auto out = sonda_program(with_calls(words, 3)).out;
    REQUIRE(out.starts_with("done\n"));
    return out.substr(5);
  };
  CHECK(std::regex_match(run({}), std::regex("\n\\d\\d:\\d\\d:\\d\\d\n\nseen: 1 entry\nKEY VALUE\n  5     3\n")));
  CHECK(run({"--csv"}) == "snapshot,map,key,value\r\n1,seen,5,3\r\n");
  CHECK(std::regex_match(
      run({"--json"}),
      std::regex(R"re(\{"version":1,"time":\d+\.\d{6},"snapshot":1,"type":"snapshot"\})re"
                 "\n"
                 R"re(\{"time":\d+\.\d{6},"snapshot":1,"type":"schema","map":"seen",.*\})re"
                 "\n"
                 R"re(\{"time":\d+\.\d{6},"snapshot":1,"type":"entry","map":"seen","key":5,"value":3\})re"
                 "\n")));
  CHECK(sonda_program({"run", path, "--delta"}).status == 2);
  CHECK(sonda_program({"run", path, "-i", "1", "--delta", "--clear"}).status == 2);
}

}  // namespace sonda::test
