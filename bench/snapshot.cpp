// What a snapshot of a hash with 1 000 000 entries costs: in batches, key by key, and with the plain loop over keys
// that BCC's tools have.
#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <functional>
#include <limits>

#include "sonda/error.h"
#include "sonda/table.h"

namespace {

using namespace sonda;

constexpr std::uint32_t entries = 1'000'000;
constexpr int rounds = 3;

struct Key {
  std::uint32_t pid, cpu;
  char comm[16];
};

Map make_map() {
  MapSpec spec;
  spec.name = "bench";
  spec.type = BPF_MAP_TYPE_HASH;
  spec.key_size = sizeof(Key);
  spec.value_size = sizeof(std::uint64_t);
  spec.max_entries = entries;
  spec.key = plain_bytes(sizeof(Key));
  spec.value = plain_integer(sizeof(std::uint64_t));
  UniqueFd fd(bpf_map_create(BPF_MAP_TYPE_HASH, "bench", spec.key_size, spec.value_size, entries, nullptr));
  if (!fd) throw system_error(Stage::load, "bench", "creating the map", errno, "run as root");
  return {std::move(spec), std::move(fd)};
}

void fill(const Table& table) {
  for (std::uint32_t i = 0; i < entries; ++i)
    table.update_bytes(object_bytes(Key{i, i % 8, "task"}), object_bytes(std::uint64_t{i}));
}

std::size_t plain_loop(const Map& map) {
  std::vector<std::pair<Key, std::uint64_t>> result;
  Key key{}, next{};
  std::uint64_t value = 0;
  for (const Key* before = nullptr; bpf_map_get_next_key(map.fd(), before, &next) == 0; before = &key) {
    if (bpf_map_lookup_elem(map.fd(), &next, &value) == 0) result.emplace_back(next, value);
    key = next;
  }
  return result.size();
}

/// Milliseconds of processor time, which other programs do not change much.
double used() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

/// used() by the cheapest of a few rounds; throws unless each one reads all the entries.
double best_of(const std::function<std::size_t()>& read) {
  double best = std::numeric_limits<double>::max();
  for (int i = 0; i < rounds; ++i) {
    const auto start = used();
    const auto count = read();
    const auto took = used() - start;
    if (count != entries)
      throw Error(Stage::read, "bench", fmt::format("{} entries were read, not {}", count, entries));
    best = std::min(best, took);
  }
  return best;
}

long peak_kilobytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

void run() {
  const auto map = make_map();
  const Table table(map);
  fill(table);
  SnapshotInfo info;
  const auto before = peak_kilobytes();
  const auto batched = best_of([&] {
    const auto snapshot = table.snapshot();
    info = snapshot.info();
    return snapshot.size();
  });
  const auto memory = peak_kilobytes() - before;
  const auto walked = best_of([&] { return table.snapshot_key_by_key().size(); });
  const auto plain = best_of([&] { return plain_loop(map); });
  if (!info.batched) throw Error(Stage::read, "bench", "this kernel has no batches");
  fmt::print("snapshot of {} entries of {} + 8 bytes, least of {} rounds\n", entries, sizeof(Key), rounds);
  fmt::print("  in batches           {:8.1f} ms of CPU, {} calls, {:.1f} MB\n", batched, info.calls,
             static_cast<double>(memory) / 1024);
  fmt::print("  key by key, checked  {:8.1f} ms of CPU, {:.1f} times as long\n", walked, walked / batched);
  fmt::print("  key by key, plain    {:8.1f} ms of CPU, {:.1f} times as long\n", plain, plain / batched);
}

}  // namespace

int main() {
  try {
    run();
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
