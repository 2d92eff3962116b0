// Libraries by name: as ld.so knows them, else out of the standard folders.
#include <algorithm>
#include <cstring>

#include "attach/find_binary.h"
#include "base/files.h"
#include "kernel/arch.h"

namespace sonda {
namespace {

// The format of glibc since 2.2 (cache_file_new in its dl-cache.h); an older one may stand before it.
constexpr std::string_view magic = "glibc-ld.so.cache1.1";

struct CacheHeader {
  char magic_and_version[20];
  std::uint32_t count, size_of_strings, flags_and_padding, extension, unused[3];
};
struct CacheEntry {
  std::int32_t flags;
  std::uint32_t name, path, os_version;
  std::uint64_t hardware;  // other than 0: one of several variants, for certain processors
};
static_assert(sizeof(CacheHeader) == 48 && sizeof(CacheEntry) == 24);

#if defined(__x86_64__)
constexpr std::int32_t native_flags = 0x0303;
#elif defined(__aarch64__)
constexpr std::int32_t native_flags = 0x0a03;
#else
#error "name this processor's libraries here"
#endif

template <class T>
T object_at(std::string_view bytes, std::size_t at) {
  T object{};
  std::memcpy(&object, bytes.data() + at, sizeof object);
  return object;
}

std::vector<CachedLibrary> cached_libraries(const std::filesystem::path& root) {
  return parse_library_cache(try_read_file(root / "etc/ld.so.cache").value_or(""));
}

std::vector<std::filesystem::path> in_folders(std::string_view name, const std::filesystem::path& root) {
  std::vector<std::filesystem::path> found;
  for (const auto& folder : {std::filesystem::path("usr/lib") / arch::multiarch, std::filesystem::path("usr/lib64"),
                             std::filesystem::path("usr/lib"), std::filesystem::path("usr/local/lib")}) {
    std::error_code none;
    for (std::filesystem::directory_iterator entry(root / folder, none), end; !none && entry != end;
         entry.increment(none))
      if (is_library_called(entry->path().filename().string(), name)) found.push_back(entry->path());
    if (!found.empty()) break;
  }
  return found;
}

bool is_elf(const std::filesystem::path& path) {
  try {
    ElfFile::open(path);
    return true;
  } catch (const Error&) {
    return false;  // a text for the linker, or for another processor
  }
}

}  // namespace

bool is_library_called(std::string_view file, std::string_view name) {
  if (name.empty()) return false;
  if (file == name) return true;
  const auto so = file.find(".so");
  if (so == file.npos || (file.size() > so + 3 && file[so + 3] != '.')) return false;
  const auto stem = file.substr(0, so);
  return stem == name || (stem.starts_with("lib") && stem.substr(3) == name) ||
         (name.ends_with(".so") && stem == name.substr(0, name.size() - 3));
}

std::vector<CachedLibrary> parse_library_cache(std::string_view bytes) {
  const auto start = bytes.find(magic);
  if (start == bytes.npos || bytes.size() - start < sizeof(CacheHeader)) return {};
  bytes.remove_prefix(start);  // offsets count from here
  const auto count = object_at<CacheHeader>(bytes, 0).count;
  if (count > (bytes.size() - sizeof(CacheHeader)) / sizeof(CacheEntry)) return {};
  std::vector<CachedLibrary> libraries;
  for (std::size_t i = 0; i < count; ++i) {
    const auto entry = object_at<CacheEntry>(bytes, sizeof(CacheHeader) + i * sizeof(CacheEntry));
    if (entry.flags != native_flags || entry.hardware != 0) continue;
    CachedLibrary library{std::string(string_at(bytes, entry.name)), std::string(string_at(bytes, entry.path))};
    if (!library.name.empty() && library.path.starts_with('/')) libraries.push_back(std::move(library));
  }
  return libraries;
}

std::vector<std::filesystem::path> libraries_called(std::string_view name, const std::filesystem::path& root) {
  std::vector<std::filesystem::path> found;
  for (const auto& library : cached_libraries(root))
    if (is_library_called(library.name, name)) found.push_back(root / library.path.substr(1));
  if (found.empty()) found = in_folders(name, root);
  std::vector<std::filesystem::path> real;
  for (const auto& path : found) {
    std::error_code none;
    auto canonical = std::filesystem::canonical(path, none);
    if (!none && std::ranges::find(real, canonical) == real.end() && is_elf(canonical))
      real.push_back(std::move(canonical));
  }
  return real;
}

std::vector<std::string> library_names(const std::filesystem::path& root) {
  std::vector<std::string> names;
  for (const auto& library : cached_libraries(root)) {
    names.push_back(library.name);
    const std::string_view stem = std::string_view(library.name).substr(0, library.name.find(".so"));
    names.emplace_back(stem.starts_with("lib") ? stem.substr(3) : stem);
  }
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

}  // namespace sonda
