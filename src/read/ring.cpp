#include "read/ring.h"

#include <bpf/bpf.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "sonda/error.h"

namespace sonda {
namespace {

constexpr std::size_t ring_window = 1UL << 20;

// The kernel writes these while they are read.
template <class T>
T load_acquire(const std::byte* at) {
  return __atomic_load_n(reinterpret_cast<const T*>(at), __ATOMIC_ACQUIRE);
}

/// As it was made, which a map of another process need not be as it is declared here.
std::size_t data_size(const Map& map) {
  bpf_map_info info{};
  std::uint32_t size = sizeof info;
  if (bpf_obj_get_info_by_fd(map.fd(), &info, &size) != 0)
    throw system_error(Stage::read, map.spec().name, "asking for the ring buffer's size", errno);
  return info.max_entries;
}

constexpr std::size_t round_up(std::size_t value, std::size_t to) { return (value + to - 1) / to * to; }

}  // namespace

Ring::Ring(const Map& map)
    : name_(map.spec().name),
      fd_(map.fd()),
      size_(data_size(map)),
      page_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))),
      reader_page_(MapWindow::writable(fd_, 0, page_)) {
  if (reader_page_.mapped()) writers_page_ = MapWindow(fd_, page_, page_);
  if (!writers_page_.mapped()) throw system_error(Stage::read, name_, "opening the ring buffer", errno);
  position_ = load_acquire<unsigned long>(reader_page_.bytes().data());
}

const std::byte* Ring::show(std::size_t offset, std::size_t size) {
  const auto inside = [&] {
    return offset >= window_begins_ && offset + size <= window_begins_ + window_.bytes().size();
  };
  if (!inside()) {
    const auto begin = offset / page_ * page_;
    const auto wanted = std::max(ring_window, round_up(offset + size - begin, page_));
    window_ = MapWindow();  // first, so that there are not two of them
    window_ = MapWindow(fd_, 2 * page_ + begin, std::min(wanted, 2 * size_ - begin));
    window_begins_ = begin;
    if (!window_.mapped()) throw system_error(Stage::read, name_, "mapping the ring buffer", errno);
  }
  return window_.bytes().data() + (offset - window_begins_);
}

std::optional<std::span<const std::byte>> Ring::next() {
  while (position_ < load_acquire<unsigned long>(writers_page_.bytes().data())) {
    const auto offset = position_ & (size_ - 1);
    const auto header = load_acquire<std::uint32_t>(show(offset, BPF_RINGBUF_HDR_SZ));
    if ((header & BPF_RINGBUF_BUSY_BIT) != 0) return std::nullopt;  // still being written
    const std::size_t length = header & ~BPF_RINGBUF_DISCARD_BIT;
    record_ = round_up(length + BPF_RINGBUF_HDR_SZ, 8);
    if ((header & BPF_RINGBUF_DISCARD_BIT) == 0)
      return std::span(show(offset, BPF_RINGBUF_HDR_SZ + length) + BPF_RINGBUF_HDR_SZ, length);
    release();
  }
  return std::nullopt;
}

void Ring::release() {
  position_ += record_;
  __atomic_store_n(reinterpret_cast<unsigned long*>(reader_page_.start()), position_, __ATOMIC_RELEASE);
}

}  // namespace sonda
