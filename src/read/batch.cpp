#include "read/batch.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "read/key_set.h"
#include "read/map_types.h"
#include "sonda/error.h"

namespace sonda {
namespace {

constexpr int enotsupp = 524;  // the kernel's own "not supported", which is in no header of user space
constexpr std::size_t most_reserved = 256UL << 20;  // bytes asked for in advance; they cost nothing until they are used

/// More steps than this, and the map changes faster than it can be walked over.
std::uint64_t step_limit(const MapSpec& spec) { return 16 * std::uint64_t{spec.max_entries} + 1024; }

/// Walks a map with BPF_MAP_LOOKUP_BATCH or BPF_MAP_LOOKUP_AND_DELETE_BATCH.
class BatchWalk {
 public:
  BatchWalk(const Map& map, Take take, Entries& out)
      : map_(map),
        take_(take),
        out_(out),
        position_(std::max<std::size_t>(out.key_size, sizeof(std::uint32_t))),
        seen_(out.key_size) {
    // About 1 MiB a call: larger ones gain nothing, and a full bucket of any sane map fits.
    const std::size_t fits = (1UL << 20) / (out.key_size + out.value_size + 1);
    chunk_ = static_cast<std::uint32_t>(std::clamp<std::size_t>(fits, 64, 16384));
    chunk_ = std::min(chunk_, std::max(64U, map.spec().max_entries));
    if (out.most < chunk_) chunk_ = static_cast<std::uint32_t>(std::max<std::size_t>(out.most, 64));
  }

  bool run() {
    while (true) {
      if (out_.count >= out_.most || out_.is_to_stop()) {
        cut();
        return true;
      }
      std::uint32_t got = 0;
      switch (call(got)) {
        case 0:
          accept(got);
          break;
        case ENOENT:
          accept(got);
          return true;
        case ENOSPC:
          accept(got);
          grow();
          break;  // the next bucket alone is larger than a chunk
        case EBUSY:
        case EAGAIN:
        case ETIMEDOUT:
          accept(got);
          note_retry();
          break;     // a bucket's lock was held
        case EINTR:  // tries by keys of old kernels, when keys vanish under them
        case EINVAL:
        case EOPNOTSUPP:
        case enotsupp:
          return unsupported();
        default:
          fail(errno_);
      }
      if (++steps_ > step_limit(map_.spec())) {
        out_.complete = false;
        return true;
      }
    }
  }

 private:
  int call(std::uint32_t& got) {
    out_.make_room(chunk_);
    got = chunk_;
    LIBBPF_OPTS(bpf_map_batch_opts, options);
    const auto batch = take_ == Take::copy ? bpf_map_lookup_batch : bpf_map_lookup_and_delete_batch;
    errno_ = -batch(map_.fd(), started_ ? position_.data() : nullptr, position_.data(), out_.key_at(out_.count),
                    out_.value_at(out_.count), &got, &options);
    ++out_.calls;
    return errno_;
  }

  void accept(std::uint32_t got) {
    started_ = true;
    if (got > chunk_) fail(EPROTO);
    if (is_hash(map_.spec().type) || is_array(map_.spec().type))
      out_.accept(got);
    else
      keep_new_ones(got);
  }

  /// Where the kernel walks by keys it starts again from the first one when the one it stood on is gone.
  void keep_new_ones(std::uint32_t got) {
    const auto end = out_.count + got;
    for (auto from = out_.count; from < end; ++from) {
      if (seen_.contains({out_.key_at(from), out_.key_size}, out_.keys)) continue;
      out_.keep(from);
      seen_.add(out_.count - 1, out_.keys);
    }
    steps_ += got;
  }

  void grow() {
    if (chunk_ > 2 * std::uint64_t{map_.spec().max_entries} + 1024) fail(ENOSPC);
    chunk_ *= 2;
  }

  /// Where a batch of a hash goes on is the number of a bucket.
  void cut() {
    out_.cut = true;
    if (is_hash(map_.spec().type)) std::memcpy(&out_.buckets_seen, position_.data(), sizeof out_.buckets_seen);
  }

  void note_retry() {
    if (++retries_ > 10000) fail(errno_);
  }

  bool unsupported() {
    if (started_ && errno_ != EINTR) fail(errno_);
    if (take_ == Take::remove && out_.count != 0) fail(errno_);
    out_.count = 0;
    return false;
  }

  [[noreturn]] void fail(int number) const {
    throw system_error(Stage::read, map_.spec().name, "reading it in batches", number);
  }

  const Map& map_;
  Take take_;
  Entries& out_;
  std::vector<std::byte> position_;
  KeySet seen_;
  std::uint32_t chunk_ = 0;
  bool started_ = false;
  int errno_ = 0, retries_ = 0;
  std::uint64_t steps_ = 0;
};

/// Walks a map with BPF_MAP_GET_NEXT_KEY, which starts again from the first key when the one it is given is gone.
class KeyWalk {
 public:
  KeyWalk(const Map& map, Entries& out) : map_(map), out_(out), seen_(out.key_size), cursor_(out.key_size) {}

  void run() {
    // An update moves a hash's entry to the front of its bucket, perhaps behind the walk's back: a further pass meets
    // what one has missed so.
    for (int pass = 0; pass < 4; ++pass) {
      const auto before = out_.count;
      if (!one_pass()) {
        out_.complete = false;
        return;
      }
      if (out_.count == before || out_.cut) return;
    }
  }

 private:
  bool one_pass() {
    for (std::uint64_t step = 0; step < step_limit(map_.spec()); ++step) {
      if (out_.count >= out_.most || (step % 1024 == 0 && out_.is_to_stop())) {
        out_.cut = true;
        return true;
      }
      out_.make_room(1);
      auto* next = out_.key_at(out_.count);
      const int status = bpf_map_get_next_key(map_.fd(), step == 0 ? nullptr : cursor_.data(), next);
      ++out_.calls;
      if (status == -ENOENT) return true;
      if (status != 0) throw system_error(Stage::read, map_.spec().name, "asking for the next key", -status);
      std::memcpy(cursor_.data(), next, out_.key_size);
      if (!seen_.contains(cursor_, out_.keys)) take_entry();
    }
    return false;
  }

  void take_entry() {
    const int status = bpf_map_lookup_elem(map_.fd(), out_.key_at(out_.count), out_.value_at(out_.count));
    ++out_.calls;
    if (status == -ENOENT) return;  // gone since
    if (status != 0) throw system_error(Stage::read, map_.spec().name, "reading an entry", -status);
    seen_.add(out_.count, out_.keys);
    ++out_.count;
  }

  const Map& map_;
  Entries& out_;
  KeySet seen_;
  std::vector<std::byte> cursor_;
};

void read_indices(const Map& map, Entries& out) {
  for (std::uint32_t index = 0; index < map.spec().max_entries; ++index) {
    if (index >= out.most || (index % 1024 == 0 && out.is_to_stop())) {
      out.cut = true;
      return;
    }
    out.make_room(1);
    std::memcpy(out.key_at(out.count), &index, sizeof index);
    const int status = bpf_map_lookup_elem(map.fd(), &index, out.value_at(out.count));
    ++out.calls;
    if (status == -ENOENT) continue;  // an empty slot
    if (status != 0) throw system_error(Stage::read, map.spec().name, "reading an entry", -status);
    out.accept(1);
  }
}

}  // namespace

Entries::Entries(const MapSpec& spec, bool without_zeros)
    : key_size(spec.key_size), value_size(value_stride(spec) * value_count(spec)), skips_zero(without_zeros) {
  if (without_zeros) return;
  const std::size_t fits = most_reserved / std::max<std::size_t>(key_size + value_size, 1);
  const std::size_t wanted = std::min<std::size_t>(std::size_t{spec.max_entries} + 16384, fits);
  keys.reserve(wanted * key_size);
  values.reserve(wanted * value_size);
}

void Entries::make_room(std::size_t more) {
  const auto needed = count + more;
  if (keys.size() >= needed * key_size && values.size() >= needed * value_size) return;
  // One at a time would be a call a time; what is too much goes in trim().
  const auto room = std::max(needed, count + 64);
  keys.resize(room * key_size);
  values.resize(room * value_size);
}

void Entries::accept(std::size_t got) {
  if (!skips_zero) {
    count += got;
    return;
  }
  const auto end = count + got;
  for (auto from = count; from < end; ++from)
    if (!is_all_zero({value_at(from), value_size})) keep(from);
}

void Entries::keep(std::size_t from) {
  if (from != count) {
    std::memcpy(key_at(count), key_at(from), key_size);
    std::memcpy(value_at(count), value_at(from), value_size);
  }
  ++count;
}

void Entries::trim() {
  keys.resize(count * key_size);
  values.resize(count * value_size);
}

bool is_all_zero(std::span<const std::byte> bytes) {
  // The first is zero, and each is like the one before it.
  return bytes.empty() ||
         (bytes[0] == std::byte{} && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

bool read_in_batches(const Map& map, Take take, Entries& out) {
  const auto type = map.spec().type;
  // Of the others some fail at an empty slot, and all are small.
  const bool tried = is_hash(type) || (take == Take::copy && (is_array(type) || type == BPF_MAP_TYPE_LPM_TRIE));
  return tried && BatchWalk(map, take, out).run();
}

void read_key_by_key(const Map& map, Entries& out) {
  if (is_array(map.spec().type) || is_slots(map.spec().type))
    read_indices(map, out);
  else
    KeyWalk(map, out).run();
}

}  // namespace sonda
