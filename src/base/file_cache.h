// Files kept for later in a private folder of the user's cache.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sonda/error.h"

namespace sonda {

/// Told one line at a time what went wrong and was passed over; may be empty.
using Trace = std::function<void(std::string_view)>;

/// One kind of files in the user's cache. Whatever is wrong with it is traced and never an error: what was not found is
/// made anew. Many processes may use the same folder at the same time.
class FileCache {
 public:
  struct Kind {
    std::string folder;         ///< its name below the cache folder
    std::string what;           ///< what one file holds, in words
    std::size_t most_files;     ///< no more files and bytes than these are kept; the ones unused for longest go first
    std::uintmax_t most_bytes;  ///< of all files together
  };

  /// The folder below `cache_folder`, made if need be with its own parent but no more; nothing where there is no folder
  /// that is this user's alone.
  static std::optional<FileCache> open(const std::optional<std::filesystem::path>& cache_folder, Kind kind,
                                       Trace trace);

  /// What `parse(bytes)` makes of the file so named; nothing if there is none. A file that is not surely this user's
  /// own, or for which `parse` throws Error, is removed.
  template <class Parse>
  auto find(const std::string& name, Parse parse) const
      -> std::optional<decltype(parse(std::span<const std::byte>()))> {
    try {
      const auto bytes = read(name);
      if (!bytes) return std::nullopt;
      return parse(std::as_bytes(std::span(*bytes)));
    } catch (const Error& error) {
      discard(name, error);
      return std::nullopt;
    }
  }

  /// Keeps the bytes for later.
  void store(const std::string& name, std::span<const std::byte> bytes) const;

  const std::filesystem::path& folder() const noexcept { return folder_; }

 private:
  FileCache(std::filesystem::path folder, Kind kind, Trace trace)
      : folder_(std::move(folder)), kind_(std::move(kind)), trace_(std::move(trace)) {}
  std::optional<std::string> read(const std::string& name) const;
  void discard(const std::string& name, const Error& error) const;
  void make_room() const;

  std::filesystem::path folder_;
  Kind kind_;
  Trace trace_;
};

}  // namespace sonda
