// Parts of a map's memory, mapped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace sonda {

/// A part of a map's memory, seen and not touched. Unmapped with it.
class MapWindow {
 public:
  MapWindow() = default;
  /// `size` bytes of the map at `fd`; `from` is a whole number of pages. Not mapped, with errno, if the kernel refuses.
  MapWindow(int fd, std::uint64_t from, std::size_t size) : MapWindow(fd, from, size, false) {}
  /// The same, to be written as well.
  static MapWindow writable(int fd, std::uint64_t from, std::size_t size) { return {fd, from, size, true}; }
  MapWindow(MapWindow&& other) noexcept
      : size_(std::exchange(other.size_, 0)), start_(std::exchange(other.start_, nullptr)) {}
  MapWindow& operator=(MapWindow&& other) noexcept {
    std::swap(size_, other.size_);
    std::swap(start_, other.start_);
    return *this;
  }
  ~MapWindow();
  bool mapped() const noexcept { return start_ != nullptr; }
  std::span<const std::byte> bytes() const noexcept { return {start_, size_}; }
  /// Of a writable one.
  std::byte* start() const noexcept { return start_; }

 private:
  MapWindow(int fd, std::uint64_t from, std::size_t size, bool is_writable);

  std::size_t size_ = 0;
  std::byte* start_ = nullptr;
};

}  // namespace sonda
