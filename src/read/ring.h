// The records of a ring buffer, read from its memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "read/map_window.h"
#include "sonda/map.h"

namespace sonda {

/// Reads one BPF_MAP_TYPE_RINGBUF, as kernel/bpf/ringbuf.c lays it out: a page with the reader's position, one with the
/// writers', then the data, which the kernel maps twice in a row so that no record is in two parts.
///
/// Not libbpf's reader: that one maps all of the data twice, before there is any. Of a buffer of 32 MiB these are
/// 16 000 pages to be put into tables at the start and taken out of them at the end, which is 20 ms where others want
/// the processors too, and 64 MiB that the program seems to take. A window that goes along costs 1 ns a record.
class Ring {
 public:
  /// `map` is borrowed. Throws Error(Stage::read) if its memory cannot be mapped.
  explicit Ring(const Map& map);

  /// The bytes of the oldest record that is complete, or nothing. Valid until release(), which has to come before the
  /// next one is asked for. Throws Error(Stage::read) if there is no memory to map it.
  std::optional<std::span<const std::byte>> next();
  /// Gives the room of the record that next() returned back to those who write.
  void release();

 private:
  /// The `size` bytes at `offset` of the data, at an address.
  const std::byte* show(std::size_t offset, std::size_t size);

  std::string name_;
  int fd_;
  std::size_t size_;  // of the data, a power of two
  std::size_t page_;
  MapWindow reader_page_, writers_page_, window_;
  std::size_t window_begins_ = 0;  // an offset in the data and its repetition
  unsigned long position_ = 0;     // as the kernel counts: it goes on growing
  std::size_t record_ = 0;         // bytes that release() gives back
};

}  // namespace sonda
