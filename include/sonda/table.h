// Reading and writing a map by its own description, or bound to C++ structs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "sonda/layout.h"
#include "sonda/map.h"
#include "sonda/record.h"

namespace sonda {

struct Entries;

/// How a snapshot was read.
struct SnapshotInfo {
  bool batched = false;     ///< with BPF_MAP_LOOKUP_BATCH rather than key by key
  std::uint64_t calls = 0;  ///< system calls made
  bool complete = true;     ///< false if the map changed so fast that entries may be missing; never left unsaid
  bool cut = false;         ///< whether there may be more than the caller wanted
};

/// The entries of a map at one time, in flat memory: 1 000 000 entries are two allocations. While programs run, entries
/// that come or go during the reading may or may not be in it; every entry that stayed is in it exactly once. Borrows
/// the description of the map, which must live as long.
class Snapshot {
 public:
  struct Entry {
    RecordView key;
    RecordView value;        ///< of a per-CPU map: the first CPU's; see on_cpu()
    std::uint32_t cpus = 1;  ///< number of per-CPU values; 1 for other maps
    const Snapshot* owner = nullptr;
    std::size_t index = 0;
    RecordView on_cpu(std::uint32_t cpu) const;
  };

  std::size_t size() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }
  Entry operator[](std::size_t index) const;
  const SnapshotInfo& info() const noexcept { return info_; }
  /// Number of values each entry has: possible CPUs for a per-CPU map, else 1.
  std::uint32_t cpus() const noexcept { return cpus_; }

  class iterator {
   public:
    iterator(const Snapshot* owner, std::size_t index) : owner_(owner), index_(index) {}
    Entry operator*() const { return (*owner_)[index_]; }
    iterator& operator++() {
      ++index_;
      return *this;
    }
    bool operator==(const iterator&) const = default;

   private:
    const Snapshot* owner_;
    std::size_t index_;
  };
  iterator begin() const { return {this, 0}; }
  iterator end() const { return {this, count_}; }

  std::span<const std::byte> key_bytes(std::size_t index) const;
  std::span<const std::byte> value_bytes(std::size_t index, std::uint32_t cpu = 0) const;

  /// Leaves out the entries of which `wanted` is false.
  void keep(const std::function<bool(const Entry&)>& wanted);
  /// Makes each number of the values what was added to it since `before`, an earlier snapshot of the same map, and
  /// leaves out entries that did not change. One without a sign that got smaller counts from zero: it began anew. What
  /// is no integer, and fields that `is_count` denies by their name ("" for a value that is no struct), stay as they
  /// are. Of another layout `before` changes nothing.
  void subtract(const Snapshot& before, const std::function<bool(std::string_view field)>& is_count);

 private:
  friend class Table;
  const MapSpec* spec_ = nullptr;
  std::size_t count_ = 0;
  std::uint32_t cpus_ = 1, value_stride_ = 0;  // stride: bytes from one CPU's value to the next
  std::vector<std::byte> keys_, values_;
  SnapshotInfo info_;
};

/// A view of a map that can be read and written. Borrows the map.
class Table {
 public:
  explicit Table(const Map& map) : map_(&map) {}

  const std::string& name() const noexcept { return map_->spec().name; }
  const Map& map() const noexcept { return *map_; }

  /// All entries; array maps give every index. Throws Error(Stage::read) for a map type that has no entries to read.
  Snapshot snapshot() const;
  /// About the first `most` entries, in whatever order the kernel has them; see SnapshotInfo::cut.
  Snapshot snapshot_of(std::size_t most) const;
  /// All entries but an array's that are zero on every CPU: of an array each is there always, and one that nobody set
  /// says nothing. Ends early, and is cut, when `stop` says so, which is asked every few milliseconds.
  Snapshot snapshot_of_set(const std::function<bool()>& stop = {}) const;
  /// All entries, which are removed (an array's are set to zero). Where the kernel can, each is read and removed at
  /// once, so that nothing counted in between is lost: hashes in batches (Linux 5.6) or one by one (5.14). Elsewhere,
  /// and in arrays, what a program adds between the two is lost.
  Snapshot take() const;
  /// Without batches: for comparison, and what kernels without them get.
  Snapshot snapshot_key_by_key() const;

  /// All entries as pairs of C++ structs, whose layout must be the map's (see layout.h); the value of a per-CPU map is
  /// a std::vector<Value>, one for each possible CPU. Throws Error(Stage::read) which names the field that differs.
  template <class Key, class Val>
  std::vector<std::pair<Key, Val>> items() const;

  /// The value's bytes (of a per-CPU map: all CPUs', each padded to 8 bytes), or nothing if the key is not there.
  /// Throws Error(Stage::read) if `key` is not of the map's key size.
  std::optional<std::vector<std::byte>> find_bytes(std::span<const std::byte> key) const;
  /// The same as a snapshot of one entry, or of none.
  Snapshot entry(std::span<const std::byte> key) const;
  template <class Val, class Key>
  std::optional<Val> find(const Key& key) const;

  /// Sets an entry. Throws Error(Stage::read) for wrong sizes or if the kernel refuses it (a full map is named so).
  void update_bytes(std::span<const std::byte> key, std::span<const std::byte> value) const;
  template <class Key, class Val>
  void update(const Key& key, const Val& value) const;

  /// Whether the entry was there.
  bool erase_bytes(std::span<const std::byte> key) const;
  /// Queues and stacks: the value that pop() would take, or nothing if it is empty. Throws Error(Stage::read) for other
  /// maps.
  std::optional<std::vector<std::byte>> peek_bytes() const;
  /// Takes a value: of a queue the oldest, of a stack the newest.
  std::optional<std::vector<std::byte>> pop_bytes() const;
  void push_bytes(std::span<const std::byte> value) const;
  template <class Val>
  std::optional<Val> pop() const;

  /// Removes all entries (sets an array's to zero). Terminates also while programs add entries.
  void clear() const;

 private:
  enum class Reading { any_way, key_by_key };
  struct Wanted {
    Reading reading = Reading::any_way;
    std::size_t most = SIZE_MAX;
    bool skips_zero = false;
    std::function<bool()> stop = {};
  };
  Snapshot read(const Wanted& wanted) const;
  Snapshot snapshot_from(Entries entries, bool batched) const;
  const Map* map_;
};

/// CPUs that the kernel may ever have: the number of values in an entry of a per-CPU map.
std::uint32_t possible_cpus();

template <class T>
std::span<const std::byte> object_bytes(const T& object) {
  static_assert(std::is_trivially_copyable_v<T>);
  return std::as_bytes(std::span<const T, 1>(&object, 1));
}

template <class Val, class Key>
std::optional<Val> Table::find(const Key& key) const {
  require_layout<Key>(map_->spec().key, name(), "key");
  require_layout<Val>(map_->spec().value, name(), "value");
  auto bytes = find_bytes(object_bytes(key));
  if (!bytes) return std::nullopt;
  return from_bytes<Val>(*bytes);
}

template <class Key, class Val>
void Table::update(const Key& key, const Val& value) const {
  require_layout<Key>(map_->spec().key, name(), "key");
  require_layout<Val>(map_->spec().value, name(), "value");
  update_bytes(object_bytes(key), object_bytes(value));
}

template <class Val>
std::optional<Val> Table::pop() const {
  require_layout<Val>(map_->spec().value, name(), "value");
  auto bytes = pop_bytes();
  if (!bytes) return std::nullopt;
  return from_bytes<Val>(*bytes);
}

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

template <class Key, class Val>
std::vector<std::pair<Key, Val>> Table::items() const {
  require_layout<Key>(map_->spec().key, name(), "key");
  std::vector<std::pair<Key, Val>> result;
  const auto all = snapshot();
  result.reserve(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto key = from_bytes<Key>(all.key_bytes(i));
    if constexpr (is_vector<Val>) {
      require_layout<typename Val::value_type>(map_->spec().value, name(), "value");
      Val values;
      for (std::uint32_t cpu = 0; cpu < all.cpus(); ++cpu)
        values.push_back(from_bytes<typename Val::value_type>(all.value_bytes(i, cpu)));
      result.emplace_back(key, std::move(values));
    } else {
      require_layout<Val>(map_->spec().value, name(), "value");
      result.emplace_back(key, from_bytes<Val>(all.value_bytes(i)));
    }
  }
  return result;
}

}  // namespace sonda
