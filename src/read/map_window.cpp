#include "read/map_window.h"

#include <sys/mman.h>

namespace sonda {

MapWindow::MapWindow(int fd, std::uint64_t from, std::size_t size, bool is_writable) {
  const int access = is_writable ? PROT_READ | PROT_WRITE : PROT_READ;
  if (auto* start = ::mmap(nullptr, size, access, MAP_SHARED, fd, static_cast<off_t>(from)); start != MAP_FAILED) {
    start_ = static_cast<std::byte*>(start);
    size_ = size;
  }
}

MapWindow::~MapWindow() {
  if (mapped()) ::munmap(start_, size_);
}

}  // namespace sonda
