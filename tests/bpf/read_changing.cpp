// Snapshots of maps that others change as fast as they can: what stays is there once, and nothing hangs.
#include <linux/bpf.h>

#include <atomic>
#include <set>
#include <thread>

#include "real_map.h"
#include "sonda/table.h"
#include "support/catch.h"
#include "support/skip.h"

using namespace sonda;
using test::make_map;

namespace {

constexpr std::uint32_t staying = 2000, fleeting = 500;

/// Runs `change(round)` over and over in a thread of its own while it lives, at most a hundred million times; is well
/// under way once it is made.
class Churn {
 public:
  explicit Churn(std::function<void(std::uint32_t)> change)
      : thread_([this, change = std::move(change)] {
          for (std::uint32_t round = 0; round < 100'000'000 && !stop_; ++round) {
            change(round);
            rounds_ = round;
          }
        }) {
    while (rounds_ < 5000) std::this_thread::yield();
  }
  ~Churn() {
    stop_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stop_ = false;
  std::atomic<std::uint32_t> rounds_ = 0;
  std::thread thread_;
};

/// Keys [0, staying) stay and are updated, which moves them in their buckets; fleeting ones come and go around them.
struct ChangingMap {
  Map map;
  Table table{map};

  ChangingMap(bpf_map_type type, std::uint32_t flags) : map(make_map(type, 8, 8, 4096, flags)) {
    for (std::uint32_t i = 0; i < staying; ++i) set(i);
  }
  /// As a trie's key: all the bits, most significant first enough.
  static std::uint64_t key(std::uint32_t number) { return 32 | std::uint64_t{number} << 32; }
  void set(std::uint32_t number) const { table.update(key(number), std::uint64_t{number}); }
  void change(std::uint32_t round) const {
    const auto number = staying + 2 + round * 7919 % fleeting;
    if (round % 2 == 0)
      set(number);
    else
      table.erase_bytes(object_bytes(key(number - round % 3)));
    if (round % 5 == 0) set(round * 104729 % staying);
  }
};

void check(const Snapshot& snapshot) {
  std::vector<int> seen(staying + fleeting + 3);
  for (const auto& entry : snapshot) ++seen.at(entry.key.u64() >> 32);
  REQUIRE(*std::max_element(seen.begin(), seen.end()) == 1);
  if (!snapshot.info().complete) return;
  REQUIRE(std::all_of(seen.begin(), seen.begin() + staying, [](int times) { return times == 1; }));
}

}  // namespace

TEST_CASE("what stays is in a snapshot exactly once while others come and go", "[table]") {
  SONDA_NEED_BPF();
  struct Row {
    bpf_map_type type;
    std::uint32_t flags;
  };
  const auto row = GENERATE(values<Row>(
      {{BPF_MAP_TYPE_HASH, 0}, {BPF_MAP_TYPE_HASH, BPF_F_NO_PREALLOC}, {BPF_MAP_TYPE_LPM_TRIE, BPF_F_NO_PREALLOC}}));
  const bool by_key = GENERATE(false, true);
  INFO("type " << row.type << ", flags " << row.flags << (by_key ? ", key by key" : ", batched"));
  const ChangingMap changing(row.type, row.flags);
  const Churn churn([&](std::uint32_t round) { changing.change(round); });
  int complete = 0;
  for (int i = 0; i < (by_key ? 30 : 200); ++i) {
    const auto snapshot = by_key ? changing.table.snapshot_key_by_key() : changing.table.snapshot();
    check(snapshot);
    if (snapshot.info().complete) ++complete;
  }
  CHECK(complete > 0);
}

TEST_CASE("an LRU map that throws its entries out all the time is read without doubles", "[table]") {
  SONDA_NEED_BPF();
  const auto map = make_map(BPF_MAP_TYPE_LRU_HASH, 4, 8, 1000);
  const Table table(map);
  const Churn churn([&](std::uint32_t round) { table.update(round, std::uint64_t{round}); });
  for (int i = 0; i < 100; ++i) {
    for (const auto& snapshot : {table.snapshot(), table.snapshot_key_by_key()}) {
      std::set<std::uint64_t> keys;
      for (const auto& entry : snapshot) keys.insert(entry.key.u64());
      REQUIRE(keys.size() == snapshot.size());
    }
  }
}

TEST_CASE("a map whose every key is replaced all the time does not hold a reader up", "[table]") {
  SONDA_NEED_BPF();
  const auto map = make_map(BPF_MAP_TYPE_HASH, 4, 8, 8);
  const Table table(map);
  const Churn churn([&](std::uint32_t round) {
    table.update(round, std::uint64_t{1});
    table.erase_bytes(object_bytes(round - 2));
  });
  for (int i = 0; i < 2000; ++i) {
    std::set<std::uint64_t> keys;
    const auto snapshot = table.snapshot_key_by_key();
    for (const auto& entry : snapshot) keys.insert(entry.key.u64());
    REQUIRE(keys.size() == snapshot.size());
  }
}

TEST_CASE("clear comes to an end while others add", "[table]") {
  SONDA_NEED_BPF();
  const auto type = GENERATE(BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_LRU_HASH);
  const auto map = make_map(type, 4, 8, 100000);
  const Table table(map);
  const std::uint32_t marker = 0xffffffff;
  const Churn churn([&](std::uint32_t round) { table.update(round % 50000, std::uint64_t{1}); });
  for (int i = 0; i < 20; ++i) {
    table.update(marker, std::uint64_t{1});
    table.clear();
    CHECK_FALSE(table.find<std::uint64_t>(marker));
  }
}
