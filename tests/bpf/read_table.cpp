// Snapshots of real maps of every type, and entries read and written.
#include <linux/bpf.h>

#include <map>
#include <set>

#include "read/cpu_sum.h"
#include "real_map.h"
#include "sonda/error.h"
#include "sonda/table.h"
#include "support/catch.h"
#include "support/skip.h"

using namespace sonda;
using test::make_map;

namespace {

template <class Key>
void fill(const Table& table, Key first, Key count) {
  for (Key key = first; key < first + count; ++key) table.update<Key, std::uint64_t>(key, std::uint64_t{key} * 3);
}

/// The keys and values of a map of plain integers; a key that is there twice fails the test.
std::map<std::uint64_t, std::uint64_t> contents(const Snapshot& snapshot) {
  std::map<std::uint64_t, std::uint64_t> result;
  for (const auto& entry : snapshot) {
    const auto [place, is_new] = result.emplace(entry.key.u64(), entry.value.u64());
    if (!is_new) FAIL("key " << place->first << " is there twice");
  }
  return result;
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    CHECK(error.stage() == Stage::read);
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("hashes of every kind are read whole, both ways", "[table]") {
  SONDA_NEED_BPF();
  const auto type = GENERATE(BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_LRU_HASH);
  const auto flags = GENERATE(0U, std::uint32_t{BPF_F_NO_PREALLOC});
  if (type == BPF_MAP_TYPE_LRU_HASH && flags != 0) return;  // the kernel has no such map
  const std::uint32_t count = GENERATE(0U, 1U, 7U, 5000U, 70000U);
  INFO("type " << type << ", flags " << flags << ", " << count << " entries");
  const auto map = make_map(type, 4, 8, 2 * count + 1000, flags);
  const Table table(map);
  fill<std::uint32_t>(table, 10, count);
  const auto batched = table.snapshot(), slow = table.snapshot_key_by_key();
  CHECK(batched.info().batched);
  CHECK_FALSE(slow.info().batched);
  CHECK(batched.info().complete);
  CHECK(slow.info().complete);
  CHECK(batched.size() == count);
  const auto entries = contents(batched);
  CHECK(entries == contents(slow));
  CHECK(entries.size() == count);
  CHECK(std::all_of(entries.begin(), entries.end(), [](const auto& entry) { return entry.second == entry.first * 3; }));
  if (count == 70000) CHECK(batched.info().calls * 1000 < slow.info().calls);
}

TEST_CASE("a full map with few buckets is read whole", "[table]") {
  SONDA_NEED_BPF();
  // One bucket holds everything, so that no first batch can be large enough.
  const auto map = make_map(BPF_MAP_TYPE_HASH, 4, 8, 1);
  const Table table(map);
  table.update<std::uint32_t, std::uint64_t>(7, 1);
  CHECK(table.snapshot().size() == 1);
  CHECK(message_of([&] { table.update<std::uint32_t, std::uint64_t>(8, 1); }).find("the map is full (max_entries 1)") !=
        std::string::npos);
  table.update<std::uint32_t, std::uint64_t>(7, 2);
  CHECK(table.find<std::uint64_t>(std::uint32_t{7}) == 2U);
}

TEST_CASE("large values are read in as many calls as they need", "[table]") {
  SONDA_NEED_BPF();
  const auto map = make_map(BPF_MAP_TYPE_HASH, 4, 60000, 300, BPF_F_NO_PREALLOC);
  const Table table(map);
  std::vector<std::byte> value(60000);
  for (std::uint32_t key = 0; key < 300; ++key) {
    value.back() = static_cast<std::byte>(key);
    table.update_bytes(object_bytes(key), value);
  }
  const auto snapshot = table.snapshot();
  CHECK(snapshot.info().batched);
  std::set<std::uint32_t> keys;
  for (std::size_t i = 0; i < snapshot.size(); ++i) {
    const auto key = from_bytes<std::uint32_t>(snapshot.key_bytes(i));
    keys.insert(key);
    CHECK(snapshot.value_bytes(i).back() == static_cast<std::byte>(key));
  }
  CHECK(keys.size() == 300);
}

TEST_CASE("a sum over all CPUs has as many bits as it needs", "[table]") {
  SONDA_NEED_BPF();
  const auto map = make_map(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 2);
  const Table table(map);
  const auto cpus = table.snapshot().cpus();
  SONDA_NEED(cpus > 1, "a second processor");
  std::vector<std::uint64_t> large(cpus, 0), small(cpus, 3);
  large[0] = ~0ULL;
  large[1] = 2;
  table.update_bytes(object_bytes(std::uint32_t{0}), std::as_bytes(std::span(large)));
  table.update_bytes(object_bytes(std::uint32_t{1}), std::as_bytes(std::span(small)));
  const CpuSum sum(map.spec().value);
  const auto snapshot = table.snapshot();
  std::vector<std::byte> bytes;
  CHECK(to_text(sum.of(snapshot[0], bytes).value()) == "18446744073709551617");  // 2^64 + 1
  CHECK(sum.of(snapshot[1], bytes).u64() == 3 * cpus);

  // The same bits as a signed number: -1 + 2.
  auto as_signed = map.spec().value;
  as_signed.types[0].kind = Kind::signed_integer;
  CHECK(CpuSum(as_signed).of(snapshot[0], bytes).i64() == 1);
}

TEST_CASE("per-CPU values are each CPU's own", "[table]") {
  SONDA_NEED_BPF();
  const auto type = GENERATE(BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_LRU_PERCPU_HASH, BPF_MAP_TYPE_PERCPU_ARRAY);
  const std::uint32_t value_size = GENERATE(1U, 4U, 8U, 12U);
  INFO("type " << type << ", values of " << value_size << " bytes");
  // An LRU map throws entries out before it is full.
  const auto map = make_map(type, 4, value_size, type == BPF_MAP_TYPE_LRU_PERCPU_HASH ? 5000 : 500);
  const Table table(map);
  const std::size_t stride = (value_size + 7) / 8 * 8;
  for (std::uint32_t key = 0; key < 500; ++key) {
    std::vector<std::byte> value(stride * possible_cpus());
    for (std::uint32_t cpu = 0; cpu < possible_cpus(); ++cpu) value[cpu * stride] = static_cast<std::byte>(key + cpu);
    table.update_bytes(object_bytes(key), value);
    CHECK(table.find_bytes(object_bytes(key)) == value);
  }
  for (const auto& snapshot : {table.snapshot(), table.snapshot_key_by_key()}) {
    CHECK(snapshot.size() == 500);
    CHECK(snapshot.cpus() == possible_cpus());
    for (std::size_t i = 0; i < snapshot.size(); ++i) {
      const auto entry = snapshot[i];
      const auto key = entry.key.u64();
      CHECK(entry.cpus == possible_cpus());
      for (std::uint32_t cpu = 0; cpu < entry.cpus; ++cpu) {
        const auto bytes = entry.on_cpu(cpu).bytes();
        REQUIRE(bytes.size() == value_size);
        REQUIRE(bytes[0] == static_cast<std::byte>(key + cpu));
      }
    }
  }
  CHECK_THROWS_AS(table.snapshot()[0].on_cpu(possible_cpus()), Error);
  CHECK(message_of([&] {
          table.update_bytes(object_bytes(std::uint32_t{1}), std::vector<std::byte>(stride + 1));
        }).find("for each of") != std::string::npos);
}

TEST_CASE("arrays give every index, in order", "[table]") {
  SONDA_NEED_BPF();
  const std::uint32_t count = GENERATE(1U, 5U, 40000U);
  const auto map = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, count);
  const Table table(map);
  table.update<std::uint32_t, std::uint64_t>(count - 1, 77);
  for (const auto& snapshot : {table.snapshot(), table.snapshot_key_by_key()}) {
    REQUIRE(snapshot.size() == count);
    for (std::uint32_t i = 0; i < count; ++i) REQUIRE(snapshot[i].key.u64() == i);
    CHECK(snapshot[count - 1].value.u64() == 77);
  }
  CHECK(message_of([&] { table.update<std::uint32_t, std::uint64_t>(count, 1); }).find("beyond its end") !=
        std::string::npos);
  CHECK(message_of([&] { table.erase_bytes(object_bytes(std::uint32_t{0})); }).find("cannot be removed") !=
        std::string::npos);
  table.clear();
  CHECK(table.snapshot()[count - 1].value.u64() == 0);
}

TEST_CASE("a longest-prefix trie is read whole", "[table]") {
  SONDA_NEED_BPF();
  const auto map = make_map(BPF_MAP_TYPE_LPM_TRIE, 8, 8, 5000, BPF_F_NO_PREALLOC);
  const Table table(map);
  struct Prefix {
    std::uint32_t bits;
    std::uint32_t address;
  };
  for (std::uint32_t i = 0; i < 3000; ++i)
    table.update_bytes(object_bytes(Prefix{i % 3 == 0 ? 32U : 24U, i << 8}), object_bytes(std::uint64_t{i}));
  const auto batched = table.snapshot(), slow = table.snapshot_key_by_key();
  CHECK(contents(batched) == contents(slow));
  CHECK(batched.size() > 1000);
  CHECK(batched.info().complete);
  table.clear();
  CHECK(table.snapshot().empty());
}

TEST_CASE("maps without batches are read key by key", "[table]") {
  SONDA_NEED_BPF();
  const auto inner = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 1);
  LIBBPF_OPTS(bpf_map_create_opts, options, .inner_map_fd = static_cast<std::uint32_t>(inner.fd()));
  const auto type = GENERATE(BPF_MAP_TYPE_ARRAY_OF_MAPS, BPF_MAP_TYPE_HASH_OF_MAPS);
  MapSpec spec;
  spec.name = "outer";
  spec.type = type;
  spec.key_size = spec.value_size = 4;
  spec.max_entries = 8;
  spec.key = spec.value = plain_integer(4);
  const Map outer(spec, UniqueFd(bpf_map_create(type, "outer", 4, 4, 8, &options)));
  const Table table(outer);
  table.update<std::uint32_t, std::uint32_t>(5, static_cast<std::uint32_t>(inner.fd()));
  const auto snapshot = table.snapshot();
  REQUIRE(snapshot.size() == 1);  // the other slots are empty
  CHECK_FALSE(snapshot.info().batched);
  CHECK(snapshot[0].key.u64() == 5);
  CHECK(snapshot[0].value.u64() != 0);  // the inner map's id
  table.clear();
  CHECK(table.snapshot().empty());

  const auto programs = make_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 8);
  CHECK(Table(programs).snapshot().empty());
  const auto stacks = make_map(BPF_MAP_TYPE_STACK_TRACE, 4, 127 * 8, 64);
  CHECK(Table(stacks).snapshot().empty());
}

TEST_CASE("maps that have no entries say so", "[table]") {
  SONDA_NEED_BPF();
  struct Row {
    bpf_map_type type;
    std::uint32_t key_size, value_size, max_entries;
    std::string name;
  };
  const auto row = GENERATE(values<Row>({{BPF_MAP_TYPE_RINGBUF, 0, 0, 4096, "ringbuf"},
                                         {BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 2, "perf_event_array"},
                                         {BPF_MAP_TYPE_QUEUE, 0, 8, 4, "queue"},
                                         {BPF_MAP_TYPE_STACK, 0, 8, 4, "stack"}}));
  const auto map = make_map(row.type, row.key_size, row.value_size, row.max_entries);
  const auto expected = "a map of type " + row.name + " has no entries to read";
  CHECK(message_of([&] { static_cast<void>(Table(map).snapshot()); }).find(expected) != std::string::npos);
  CHECK(message_of([&] { Table(map).clear(); }).find(expected) != std::string::npos);
}

TEST_CASE("single entries are found, set and erased", "[table]") {
  SONDA_NEED_BPF();
  const auto map = make_map(BPF_MAP_TYPE_HASH, 4, 8, 100);
  const Table table(map);
  const std::uint32_t key = 4;
  CHECK_FALSE(table.find<std::uint64_t>(key));
  table.update(key, std::uint64_t{5});
  CHECK(table.find<std::uint64_t>(key) == 5U);
  CHECK(table.erase_bytes(object_bytes(key)));
  CHECK_FALSE(table.erase_bytes(object_bytes(key)));
  CHECK(message_of([&] {
          static_cast<void>(table.find_bytes(object_bytes(std::uint64_t{1})));
        }).find("its keys are 4 bytes, not 8") != std::string::npos);
  CHECK(message_of([&] {
          table.update_bytes(object_bytes(key), object_bytes(key));
        }).find("its values are 8 bytes, not 4") != std::string::npos);
  CHECK_THROWS_AS(table.find<std::uint32_t>(key), Error);
  CHECK_THROWS_AS((table.items<std::uint64_t, std::uint64_t>()), Error);
  table.update(key, std::uint64_t{6});
  CHECK(table.items<std::uint32_t, std::uint64_t>() == std::vector{std::pair{key, std::uint64_t{6}}});
  CHECK_THROWS_AS(table.snapshot()[1], Error);
}

TEST_CASE("items of a per-CPU map have a value for each CPU", "[table]") {
  SONDA_NEED_BPF();
  const auto map = make_map(BPF_MAP_TYPE_PERCPU_HASH, 4, 4, 100);
  const Table table(map);
  std::vector<std::uint64_t> values(possible_cpus(), 9);  // 4 bytes of value, 4 of padding
  table.update_bytes(object_bytes(std::uint32_t{1}), std::as_bytes(std::span(values)));
  const auto items = table.items<std::uint32_t, std::vector<std::uint32_t>>();
  REQUIRE(items.size() == 1);
  CHECK(items[0].second == std::vector<std::uint32_t>(possible_cpus(), 9));
}

TEST_CASE("clear empties a hash", "[table]") {
  SONDA_NEED_BPF();
  const auto type = GENERATE(BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_LRU_HASH);
  const auto map = make_map(type, 4, 8, 50000);
  const Table table(map);
  fill<std::uint32_t>(table, 0, 20000);
  table.clear();
  CHECK(table.snapshot().empty());
  table.clear();
}
