// Maps, buffers and program arrays over reloads.
#include <algorithm>

#include "bpf/live_support.h"

namespace sonda::test {
/// The struct of the events here.
struct Numbered {
  std::uint32_t number;
};
}  // namespace sonda::test
SONDA_LAYOUT(sonda::test::Numbered, number);

namespace sonda::test {
namespace {

const std::string keyed = R"(#include <uapi/linux/ptrace.h>
struct key { u32 number; u64 cpu; };
struct value { u64 count; u16 last; char name[8]; };
BPF_HASH(seen, struct key, struct value, 64);
BPF_PERCPU_ARRAY(each, u32, 2);
// @attach uprobe:/proc/self/exe:sonda_test_live
int on_call(struct pt_regs *ctx) {
  struct key key = {};  // its padding too: all bytes of a key count
  key.number = PT_REGS_PARM1(ctx);
  key.cpu = 70000;
  struct value none = {.last = 500, .name = "abcdefg"}, *value = seen.lookup_or_try_init(&key, &none);
  if (value) value->count += 1;
  int one = 1;
  u32 *mine = each.lookup(&one);
  if (mine) *mine += 1;
  return 0;
}
)";

/// The map's part in what a reload told.
RenewedMap renewed(const Reload& told, const std::string& map) {
  const auto known = std::ranges::find(told.renewed, map, &RenewedMap::map);
  return known != told.renewed.end() ? *known : RenewedMap{};
}

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::ranges::sort(names);
  return names;
}

std::uint64_t sum_of(const Probe& probe, const char* map, std::uint32_t index) {
  std::uint64_t sum = 0;
  const auto all = probe.table(map).snapshot();
  for (std::uint32_t cpu = 0; cpu < all.cpus(); ++cpu) sum += all[index].on_cpu(cpu).u64();
  return sum;
}

const std::string sending = R"(#include <uapi/linux/ptrace.h>
struct event { u32 number; };
BPF_RINGBUF_OUTPUT(ring, 8);
BPF_PERF_OUTPUT(perf);
// @attach uprobe:/proc/self/exe:sonda_test_live
int on_call(struct pt_regs *ctx) {
  struct event event = {.number = PT_REGS_PARM1(ctx)};
  ring.ringbuf_output(&event, sizeof(event), 0);
  perf.perf_submit(ctx, &event, sizeof(event));
  return 0;
}
)";

}  // namespace

TEST_CASE("live: a map that changed begins anew, with the reason, and with --migrate takes over what still fits") {
  SONDA_NEED_BPF();
  auto probe = open_live(keyed);
  probe.attach();
  for (int i = 0; i < 5; ++i) sonda_test_live(i % 2);
  auto changed = with(with(keyed, "u64 cpu;", "u32 cpu;"), "u64 count; u16 last; char name[8];",
                      "u32 count; u8 last; char name[4]; u64 fresh;");
  changed = with(changed, "BPF_PERCPU_ARRAY(each, u32, 2)", "BPF_PERCPU_ARRAY(each, u64, 2)");
  changed = with(changed, "u32 *mine", "u64 *mine");
  const auto told = probe.reload(source_of(changed), {.migrate = true});
  CHECK(told.kept.empty());
  REQUIRE(told.renewed.size() == 2);
  const auto seen = renewed(told, "seen");
  CHECK(
      seen.reason ==
      "key: field cpu u64 -> u32; value: field count u64 -> u32, field last u16 -> u8, field name char[8] -> char[4], "
      "1 more");
  CHECK(seen.copied == 2);
  CHECK(seen.left == 0);
  CHECK(renewed(told, "each").reason == "value: u32 -> u64");
  const auto entries = probe.table("seen").snapshot();
  REQUIRE(entries.size() == 2);
  std::uint64_t sum = 0;
  for (const auto& entry : entries) {
    CHECK(entry.key["cpu"].u64() == 70000);
    CHECK(entry.value["last"].u64() == 255);
    CHECK(entry.value["name"].text() == "abc");
    sum += entry.value["count"].u64();
  }
  CHECK(sum == 5);
  CHECK(sum_of(probe, "each", 1) == 5);
  sonda_test_live(0);
  CHECK(sum_of(probe, "each", 1) == 6);

  // Without it, or with another type and size, it is empty.
  const auto other = with(with(changed, "BPF_HASH(seen, struct key, struct value, 64)",
                               "BPF_TABLE(\"lru_hash\", struct key, struct value, seen, 64)"),
                          "each, u64, 2", "each, u64, 4");
  const auto again = probe.reload(source_of(other));
  REQUIRE(again.renewed.size() == 2);
  CHECK(renewed(again, "seen").reason == "type hash -> lru_hash");
  CHECK(renewed(again, "each").reason == "max_entries 2 -> 4");
  CHECK(probe.table("seen").snapshot().empty());
}

TEST_CASE("live: maps come and go, and a pinned or bound one that changed is refused") {
  SONDA_NEED_BPF();
  auto probe = open_live(keyed);
  probe.attach();
  const auto more = with(keyed, "BPF_PERCPU_ARRAY(each", "BPF_HASH(more, u32, u32);\nBPF_PERCPU_ARRAY(each");
  auto told = probe.reload(source_of(more));
  CHECK(told.added == std::vector<std::string>{"more"});
  CHECK(probe.table("more").snapshot().empty());
  told = probe.reload(source_of(keyed));
  CHECK(told.removed == std::vector<std::string>{"more"});
  CHECK(sorted(told.kept) == std::vector<std::string>{"each", "seen"});
  const auto shared = "// @map seen shared\n" + keyed;
  auto pool = std::make_shared<MapPool>("");
  auto first = open_live(shared, {.maps = pool});
  const auto error = error_of([&] { first.reload(source_of(with(shared, "u64 cpu;", "u32 cpu;"))); });
  CHECK_THAT(error.what(), Contains("another layout"));
  CHECK_THAT(error.what(), Contains("u64 cpu"));
  CHECK(pool->specs().size() == 1);
}

TEST_CASE("live: a new map is filled as the file says, one that goes on is not filled again") {
  SONDA_NEED_BPF();
  const std::string text =
      "// @set old[1] = 5\nBPF_ARRAY(old, u64, 2);\nint f(void *ctx) { old.increment(0); return 0; }\n";
  OpenOptions options;
  options.entries = {parse_map_entry("old[0]=7"), parse_map_entry("more[2]=9"), parse_map_entry("nobodys[0]=1")};
  auto probe = open_live(text, options);
  CHECK(number_in(probe, "old", 0) == 7);
  CHECK(number_in(probe, "old", 1) == 5);
  probe.table("old").update(std::uint32_t{1}, std::uint64_t{6});
  const auto more = with(text, "int f", "// @set more[1] = 8\nBPF_ARRAY(more, u64, 4);\nint f");
  probe.reload(source_of(more));
  CHECK(number_in(probe, "old", 1) == 6);
  CHECK(number_in(probe, "more", 1) == 8);
  CHECK(number_in(probe, "more", 2) == 9);
  // Another map of the same name is a new one.
  probe.reload(source_of(with(more, "old, u64, 2", "old, u64, 3")));
  CHECK(number_in(probe, "old", 0) == 7);
  CHECK(number_in(probe, "old", 1) == 5);
  // What a migration brings counts more.
  probe.table("old").update(std::uint32_t{1}, std::uint64_t{6});
  ReloadOptions migrating;
  migrating.migrate = true;
  probe.reload(source_of(with(more, "old, u64, 2", "old, u64, 4")), migrating);
  CHECK(number_in(probe, "old", 1) == 6);
  // A wrong line refuses the edit.
  const auto error = error_of([&] { probe.reload(source_of(with(more, "more[1]", "mor[1]"))); });
  CHECK(error.subject().starts_with("live.c:3:"));
  CHECK(number_in(probe, "more", 1) == 8);
}

TEST_CASE("live: events of another struct come in another buffer, after all of the old one") {
  SONDA_NEED_BPF();
  auto probe = open_live(sending);
  std::vector<std::string> seen;
  const auto note = [&seen](const std::string& name) {
    return [&seen, name](const Event& event) {
      const auto number = from_bytes<std::uint32_t>(event.bytes);
      seen.push_back(name + (event.bytes.size() >= 12 ? " long " : " ") + std::to_string(number));
    };
  };
  probe.open_events("ring", note("ring"));
  probe.open_events("perf", note("perf"));
  probe.attach();
  for (int i = 1; i <= 3; ++i) sonda_test_live(i);
  const auto changed = with(with(sending, "u32 number;", "u64 number; u64 twice;"), ".number = PT_REGS_PARM1(ctx)",
                            ".number = PT_REGS_PARM1(ctx), .twice = 2");
  std::vector<std::string> asked;
  const auto told = probe.reload(source_of(changed), {.events = [&](const Map& map) {
                                   asked.push_back(map.spec().name);
                                   return note(map.spec().name + "'");
                                 }});
  REQUIRE(told.renewed.size() == 2);
  CHECK_THAT(renewed(told, "ring").reason, Contains("event: field number u32 -> u64"));
  CHECK(sorted(asked) == std::vector<std::string>{"perf", "ring"});
  REQUIRE(seen.size() == 6);  // what was in them, delivered as it was sent
  sonda_test_live(4);
  while (probe.poll(0) > 0) {
  }
  REQUIRE(seen.size() == 8);
  CHECK(std::ranges::count(seen, "ring 3") == 1);
  CHECK(std::ranges::count(seen, "ring' long 4") == 1);
  CHECK(std::ranges::count(seen, "perf' long 4") == 1);
  CHECK(probe.ledger().lossless());
  // One whose struct is bound here is refused.
  auto bound = open_live(sending);
  bound.open_events_as<Numbered>("ring", [](const Numbered&) {});
  CHECK(bound.reload(source_of(sending)).kept.size() == 2);
  CHECK_THAT(error_of([&] { bound.reload(source_of(changed)); }).what(), Contains("field 'number'"));
}

TEST_CASE("live: programs jump among those of their own edit, and slots filled by hand stay filled") {
  SONDA_NEED_BPF();
  const std::string jumping = R"(#include <uapi/linux/ptrace.h>
BPF_PROG_ARRAY(steps, 4);
BPF_ARRAY(reached, u64, 8);
// @tailcall steps[0] = second
// @attach uprobe:/proc/self/exe:sonda_test_live
int first(struct pt_regs *ctx) { steps.call(ctx, 0); return 0; }
int second(struct pt_regs *ctx) { reached.increment(0); steps.call(ctx, 1); return 0; }
int third(struct pt_regs *ctx) { reached.increment(1); return 0; }
)";
  auto probe = open_live(jumping);
  probe.attach();
  probe.set_tail_call("steps", 1, "third");
  sonda_test_live(1);
  CHECK(number_in(probe, "reached", 0) == 1);
  CHECK(number_in(probe, "reached", 1) == 1);
  auto told = probe.reload(source_of(with(jumping, "reached.increment(0)", "reached.increment(2)")));
  CHECK(told.programs.size() == 3);
  CHECK(told.notes.empty());
  sonda_test_live(1);
  CHECK(number_in(probe, "reached", 0) == 1);
  CHECK(number_in(probe, "reached", 1) == 2);
  CHECK(number_in(probe, "reached", 2) == 1);
  told = probe.reload(
      source_of(with(jumping, "int third(struct pt_regs *ctx) { reached.increment(1); return 0; }\n", "")));
  REQUIRE(told.notes.size() == 1);
  CHECK_THAT(told.notes.front(), Contains("third"));
}

}  // namespace sonda::test
