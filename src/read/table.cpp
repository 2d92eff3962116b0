// Snapshots of maps, and single entries read and written.
#include "sonda/table.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sched.h>

#include <cerrno>

#include "read/batch.h"
#include "read/map_types.h"
#include "sonda/error.h"

namespace sonda {
namespace {

void require_entries(const MapSpec& spec) {
  if (!is_readable(spec))
    throw Error(Stage::read, spec.name,
                fmt::format("a map of type {} has no entries to read", map_type_name(spec.type)));
}

void require_key(const MapSpec& spec, std::span<const std::byte> key) {
  if (key.size() != spec.key_size)
    throw Error(Stage::read, spec.name, fmt::format("its keys are {} bytes, not {}", spec.key_size, key.size()));
}

void require_value(const MapSpec& spec, std::span<const std::byte> value) {
  const std::size_t stride = value_stride(spec), count = value_count(spec);
  if (value.size() == stride * count) return;
  throw Error(Stage::read, spec.name,
              is_per_cpu(spec.type) ? fmt::format("its values are {} bytes for each of {} CPUs, not {} in all", stride,
                                                  count, value.size())
                                    : fmt::format("its values are {} bytes, not {}", stride, value.size()));
}

[[noreturn]] void throw_refused(const MapSpec& spec, int number) {
  const bool numbered = is_array(spec.type) || is_slots(spec.type);
  if (number == E2BIG && numbered)
    throw Error(Stage::read, spec.name, fmt::format("the index is beyond its end (max_entries {})", spec.max_entries));
  if (number == E2BIG || (number == ENOSPC && spec.type == BPF_MAP_TYPE_LPM_TRIE))
    throw Error(Stage::read, spec.name, fmt::format("the map is full (max_entries {})", spec.max_entries),
                "give it more entries where the probe declares it");
  throw system_error(Stage::read, spec.name, "setting an entry", number);
}

void require_ends(const MapSpec& spec) {
  if (spec.type != BPF_MAP_TYPE_QUEUE && spec.type != BPF_MAP_TYPE_STACK)
    throw Error(Stage::read, spec.name, "it is no queue and no stack, so nothing can be pushed or popped");
}

/// The value that `lookup` finds without a key.
template <class Lookup>
std::optional<std::vector<std::byte>> value_at_end(const Map& map, Lookup lookup) {
  require_ends(map.spec());
  std::vector<std::byte> value(map.spec().value_size);
  const int status = lookup(map.fd(), value.data());
  if (status == -ENOENT) return std::nullopt;
  if (status != 0) throw system_error(Stage::read, map.spec().name, "reading its next value", -status);
  return value;
}

void set_to_zero(const Map& map) {
  const std::vector<std::byte> zero(value_stride(map.spec()) * value_count(map.spec()));
  for (std::uint32_t index = 0; index < map.spec().max_entries; ++index)
    if (const int status = bpf_map_update_elem(map.fd(), &index, zero.data(), BPF_ANY); status != 0)
      throw_refused(map.spec(), -status);
}

/// While the kernel reads a map for a thread, it runs no tracing program on that CPU, lest they wait for each other.
/// Where the thread can be preempted in the middle (kernels that are preemptible, as all are from Linux 7.0 on), the
/// events of whoever runs then are lost, and nobody counts them. While this lives, the calling thread is not preempted
/// by ordinary ones, if it may ask for that.
class Undisturbed {
 public:
  Undisturbed() noexcept {
    const int policy = ::sched_getscheduler(0);
    if ((policy != SCHED_OTHER && policy != SCHED_BATCH) || ::sched_getparam(0, &own_) != 0) return;
    const sched_param lowest{.sched_priority = 1};
    if (::sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &lowest) == 0) policy_ = policy;
  }
  Undisturbed(const Undisturbed&) = delete;
  Undisturbed& operator=(const Undisturbed&) = delete;
  ~Undisturbed() {
    if (policy_ >= 0) ::sched_setscheduler(0, policy_, &own_);
  }

 private:
  int policy_ = -1;  ///< the thread's own, to be restored; -1: it was left alone
  sched_param own_{};
};

}  // namespace

Snapshot Table::read(const Wanted& wanted) const {
  const auto& spec = map_->spec();
  require_entries(spec);
  Entries entries(spec, wanted.skips_zero && is_array(spec.type));
  entries.most = wanted.most;
  entries.stop = wanted.stop;
  const bool any_way = wanted.reading == Reading::any_way;
  if (any_way && read_mapped(*map_, entries)) return snapshot_from(std::move(entries), false);
  const Undisturbed undisturbed;
  const bool batched = any_way && read_in_batches(*map_, Take::copy, entries);
  if (!batched) read_key_by_key(*map_, entries);
  return snapshot_from(std::move(entries), batched);
}

Snapshot Table::snapshot_from(Entries entries, bool batched) const {
  const auto& spec = map_->spec();
  Snapshot result;
  result.info_.batched = batched;
  entries.trim();
  result.spec_ = &spec;
  result.count_ = entries.count;
  result.cpus_ = value_count(spec);
  result.value_stride_ = static_cast<std::uint32_t>(value_stride(spec));
  result.keys_ = std::move(entries.keys);
  result.values_ = std::move(entries.values);
  result.info_.calls = entries.calls;
  result.info_.complete = entries.complete;
  result.info_.cut = entries.cut;
  return result;
}

Snapshot Table::snapshot() const { return read({}); }

Snapshot Table::snapshot_of(std::size_t most) const { return read({.most = most}); }

Snapshot Table::snapshot_of_set(const std::function<bool()>& stop) const {
  return read({.skips_zero = true, .stop = stop});
}

Snapshot Table::snapshot_key_by_key() const { return read({.reading = Reading::key_by_key}); }

std::optional<std::vector<std::byte>> Table::find_bytes(std::span<const std::byte> key) const {
  const auto& spec = map_->spec();
  if (!is_local_storage(spec.type)) require_entries(spec);
  require_key(spec, key);
  std::vector<std::byte> value(value_stride(spec) * value_count(spec));
  const int status = bpf_map_lookup_elem(map_->fd(), key.data(), value.data());
  if (status == -ENOENT) return std::nullopt;
  if (status != 0) throw system_error(Stage::read, spec.name, "reading an entry", -status);
  return value;
}

Snapshot Table::entry(std::span<const std::byte> key) const {
  Entries found(map_->spec(), true);
  if (auto value = find_bytes(key)) {
    found.count = 1;
    found.keys.assign(key.begin(), key.end());
    found.values = std::move(*value);
  }
  return snapshot_from(std::move(found), false);
}

void Table::update_bytes(std::span<const std::byte> key, std::span<const std::byte> value) const {
  const auto& spec = map_->spec();
  require_key(spec, key);
  require_value(spec, value);
  if (const int status = bpf_map_update_elem(map_->fd(), key.data(), value.data(), BPF_ANY); status != 0)
    throw_refused(spec, -status);
}

bool Table::erase_bytes(std::span<const std::byte> key) const {
  const auto& spec = map_->spec();
  require_key(spec, key);
  if (is_array(spec.type)) throw Error(Stage::read, spec.name, "an array's entries cannot be removed, only set");
  const int status = bpf_map_delete_elem(map_->fd(), key.data());
  if (status != 0 && status != -ENOENT) throw system_error(Stage::read, spec.name, "removing an entry", -status);
  return status == 0;
}

std::optional<std::vector<std::byte>> Table::peek_bytes() const {
  return value_at_end(*map_, [](int fd, void* value) { return bpf_map_lookup_elem(fd, nullptr, value); });
}

std::optional<std::vector<std::byte>> Table::pop_bytes() const {
  return value_at_end(*map_, [](int fd, void* value) { return bpf_map_lookup_and_delete_elem(fd, nullptr, value); });
}

void Table::push_bytes(std::span<const std::byte> value) const {
  require_ends(map_->spec());
  require_value(map_->spec(), value);
  if (const int status = bpf_map_update_elem(map_->fd(), nullptr, value.data(), BPF_ANY); status != 0)
    throw_refused(map_->spec(), -status);
}

Snapshot Table::take() const {
  const auto& spec = map_->spec();
  if (is_array(spec.type)) {
    auto all = snapshot();
    set_to_zero(*map_);
    return all;
  }
  require_entries(spec);
  Entries entries(spec);
  const Undisturbed undisturbed;
  const bool batched = read_in_batches(*map_, Take::remove, entries);
  if (!batched) {
    read_key_by_key(*map_, entries);
    for (std::size_t i = 0; i < entries.count; ++i)
      if (bpf_map_lookup_and_delete_elem(map_->fd(), entries.key_at(i), entries.value_at(i)) != 0)
        erase_bytes({entries.key_at(i), entries.key_size});
  }
  return snapshot_from(std::move(entries), batched);
}

void Table::clear() const {
  if (!take().info().complete) throw Error(Stage::read, name(), "changed too fast to be emptied");
}

}  // namespace sonda
