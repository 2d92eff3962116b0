// Maps of the machine: how full they are, and what is in them.
#include <bpf/bpf.h>

#include "bpf/inspect_support.h"
#include "bpf/real_map.h"
#include "cli/top/entries.h"
#include "inspect/map_rows.h"
#include "inspect/maps.h"
#include "sonda/table.h"
#include "support/catch.h"
#include "support/skip.h"

using namespace sonda;
using namespace sonda::test;

namespace {

MapFacts facts_of(const Map& map) {
  bpf_map_info info{};
  __u32 size = sizeof info;
  REQUIRE(::bpf_obj_get_info_by_fd(map.fd(), &info, &size) == 0);
  return {.id = info.id,
          .type = info.type,
          .name = info.name,
          .key_size = info.key_size,
          .value_size = info.value_size,
          .max_entries = info.max_entries,
          .flags = info.map_flags,
          .btf = info.btf_id,
          .key_type = info.btf_key_type_id,
          .value_type = info.btf_value_type_id};
}

/// Sets keys 0 to `count` - 1.
void fill(const Map& map, std::uint32_t count) {
  std::vector<std::uint32_t> keys(count);
  std::vector<std::uint64_t> values(count, 1);
  for (std::uint32_t i = 0; i < count; ++i) keys[i] = i;
  __u32 done = count;
  LIBBPF_OPTS(bpf_map_batch_opts, options);
  REQUIRE(::bpf_map_update_batch(map.fd(), keys.data(), values.data(), &done, &options) == 0);
  REQUIRE(done == count);
}

using Sure = Fill::Certainty;

}  // namespace

TEST_CASE("a small map's entries are counted exactly") {
  SONDA_NEED_BPF();
  const auto hash = make_map(BPF_MAP_TYPE_HASH, 4, 8, 1000);
  CHECK(count_fill(facts_of(hash)) == Fill{0, Sure::exact});
  fill(hash, 300);
  CHECK(count_fill(facts_of(hash)) == Fill{300, Sure::exact});
  CHECK(count_fill(facts_of(make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 77))) == Fill{77, Sure::exact});
  CHECK(count_fill(facts_of(make_map(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096))) == Fill{0, Sure::exact});
  CHECK(count_fill(facts_of(make_map(BPF_MAP_TYPE_QUEUE, 0, 8, 10))) == Fill{});
  CHECK(count_fill(facts_of(make_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 8))) == Fill{0, Sure::exact});
}

TEST_CASE("a large hash's entries are worked out from a part of it") {
  SONDA_NEED_BPF();
  const auto map = make_map(BPF_MAP_TYPE_HASH, 4, 8, 300'000);
  fill(map, 200'000);
  const auto found = count_fill(facts_of(map));
  REQUIRE(found);
  CHECK(found->certainty == Sure::about);
  CHECK(found->used > 180'000);
  CHECK(found->used < 220'000);
}

TEST_CASE("a large tree's entries are at least so many") {
  SONDA_NEED_BPF();
  const auto map = make_map(BPF_MAP_TYPE_LPM_TRIE, 8, 8, 40'000, BPF_F_NO_PREALLOC);
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    const std::array<std::uint32_t, 2> key{32, i};
    const std::uint64_t value = 1;
    REQUIRE(::bpf_map_update_elem(map.fd(), key.data(), &value, BPF_ANY) == 0);
  }
  const auto found = count_fill(facts_of(map));
  REQUIRE(found);
  CHECK(found->certainty == Sure::at_least);
  CHECK(found->used >= 16'384);
  CHECK(found->used <= 20'000);
}

TEST_CASE("a map that is gone has no fill, and is not counted again at once") {
  SONDA_NEED_BPF();
  MapFacts facts;
  {
    const auto map = make_map(BPF_MAP_TYPE_HASH, 4, 8, 10);
    facts = facts_of(map);
    fill(map, 2);
    FillCounter counter;
    counter.refresh({{&facts, {}}}, std::chrono::seconds(60));
    CHECK(counter.find(facts.id) == Fill{2, Sure::exact});
    counter.refresh({}, std::chrono::seconds(60));
    CHECK(counter.find(facts.id) == Fill{});
  }
  // The kernel frees it a moment later.
  for (int i = 0; i < 1000 && count_fill(facts); ++i) ::usleep(10'000);
  CHECK(count_fill(facts) == std::nullopt);
  CHECK_FALSE(open_map(facts));
}

TEST_CASE("entries are decoded by the map's own types, and counted") {
  SONDA_NEED_BPF();
  auto described = image({count(true)}, uncertain_totals());
  describe(described);
  described.maps[0].max_entries = 10;
  LoadedImage loaded(described);
  const auto& map = *loaded.maps()[0];
  set_entry(map.fd(), 1, 100);
  set_entry(map.fd(), 2, 7);

  auto opened = open_map(facts_of(map));
  REQUIRE(opened);
  top::EntryTracker tracker(std::move(*opened));
  CHECK(tracker.map().typed());
  CHECK(tracker.map().measures() == std::vector<std::string>{""});
  tracker.update(true);
  CHECK(tracker.total() == 107);
  CHECK(tracker.total_per_second() == std::nullopt);

  set_entry(map.fd(), 1, 150);
  set_entry(map.fd(), 3, 10);
  tracker.update(true);
  CHECK(tracker.total() == 167);
  std::map<std::string, double> rates;
  for (const auto& entry : tracker.entries())
    rates[to_text(tracker.content().key(entry.row))] = entry.per_second.value_or(-1);
  CHECK(rates.at("2") == 0);
  CHECK(rates.at("1") == Approx(5 * rates.at("3")));
  CHECK(*tracker.total_per_second() == Approx(6 * rates.at("3")));
  CHECK(tracker.total_history().values().size() == 1);
}

TEST_CASE("of a per-CPU map the sum is shown, of an array what is not zero") {
  SONDA_NEED_BPF();
  const auto map = make_map(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 4);
  const std::vector<std::uint64_t> values(possible_cpus(), 5);
  const std::uint32_t key = 2;
  REQUIRE(::bpf_map_update_elem(map.fd(), &key, values.data(), BPF_ANY) == 0);
  auto opened = open_map(facts_of(map));
  REQUIRE(opened);
  const MapRows rows(std::move(*opened));
  CHECK_FALSE(rows.typed());
  const auto content = rows.read();
  REQUIRE(content.size() == 1);
  CHECK(content.zero() == 3);
  CHECK(to_text(content.key(0)) == "2");
  CHECK(to_text(content.value(0)) == std::to_string(5 * possible_cpus()));
}

TEST_CASE("of a large map the first entries are read, and it is said") {
  SONDA_NEED_BPF();
  const auto map = make_map(BPF_MAP_TYPE_HASH, 4, 8, 200'000);
  fill(map, 100'000);
  auto opened = open_map(facts_of(map));
  REQUIRE(opened);
  const MapRows rows(std::move(*opened));
  const auto content = rows.read();
  CHECK(content.cut());
  CHECK(content.size() >= MapRows::most_entries);
  CHECK(content.size() < 100'000);
}
