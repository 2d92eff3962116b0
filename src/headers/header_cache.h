// Headers that were made from the kernel's BTF before.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file_cache.h"

namespace sonda {

/// What is made for one set of names.
struct MadeHeader {
  std::string text;
  std::vector<std::string> options;  ///< the CONFIG_ names that it and the probe ask for, sorted
  std::uint64_t types = 0;           ///< how many types of the kernel it holds

  bool operator==(const MadeHeader&) const = default;
};

/// The user's cache of headers, beside that of images and by the same rules: whatever is wrong with it is traced and
/// never an error.
class HeaderCache {
 public:
  /// No more files and bytes than these are kept; the ones unused for longest go first.
  static constexpr std::size_t most_files = 128;
  static constexpr std::uintmax_t most_bytes = 32UL << 20;

  /// As ImageCache::open; nothing without a `cache_folder`, which is not worth a word.
  static std::optional<HeaderCache> open(const std::optional<std::filesystem::path>& cache_folder, Trace trace);

  /// The header with exactly this key. A file that does not check is removed.
  std::optional<MadeHeader> find(std::span<const std::byte> key) const;
  /// Keeps the header for later.
  void store(std::span<const std::byte> key, const MadeHeader& header) const;

  const std::filesystem::path& folder() const noexcept { return files_.folder(); }

 private:
  explicit HeaderCache(FileCache files) : files_(std::move(files)) {}

  FileCache files_;
};

}  // namespace sonda
