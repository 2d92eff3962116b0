// Arrays whose memory can be mapped.
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "read/batch.h"
#include "read/map_window.h"

namespace sonda {
namespace {

constexpr std::size_t window_size = 32UL << 20;  // a few milliseconds of reading

void take(Entries& out, std::uint32_t index, std::span<const std::byte> value) {
  out.make_room(1);
  std::memcpy(out.key_at(out.count), &index, sizeof index);
  std::memcpy(out.value_at(out.count), value.data(), out.value_size);
  ++out.count;
}

/// The entries in `bytes`, which begin with entry `first`. A page of zeros is one look.
void take_all(Entries& out, std::span<const std::byte> bytes, std::size_t stride, std::uint32_t first) {
  const std::size_t many = std::max<std::size_t>(4096 / stride, 1);
  const std::size_t count = bytes.size() / stride;
  for (std::size_t i = 0; i < count;) {
    const auto end = std::min(i + many, count);
    if (out.skips_zero && is_all_zero(bytes.subspan(i * stride, (end - i) * stride))) {
      i = end;
      continue;
    }
    for (; i < end && out.count < out.most; ++i) {
      const auto value = bytes.subspan(i * stride, out.value_size);
      if (!out.skips_zero || !is_all_zero(value)) take(out, first + static_cast<std::uint32_t>(i), value);
    }
    if (out.count >= out.most) return;
  }
}

}  // namespace

bool read_mapped(const Map& map, Entries& out) {
  const auto& spec = map.spec();
  if (spec.type != BPF_MAP_TYPE_ARRAY) return false;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t stride = (std::uint64_t{spec.value_size} + 7) / 8 * 8;
  // Whole entries and whole pages in each.
  const auto in_window = std::max<std::uint64_t>(window_size / stride / page, 1) * page;
  for (std::uint64_t first = 0; first < spec.max_entries; first += in_window) {
    if (out.count >= out.most || out.is_to_stop()) {
      out.cut = true;
      return true;
    }
    const auto count = std::min<std::uint64_t>(in_window, spec.max_entries - first);
    const MapWindow window(map.fd(), first * stride, count * stride);
    if (!window.mapped() && first == 0) return false;
    if (!window.mapped()) {
      out.complete = false;  // no memory for it
      return true;
    }
    ++out.calls;
    take_all(out, window.bytes(), stride, static_cast<std::uint32_t>(first));
  }
  return true;
}

}  // namespace sonda
