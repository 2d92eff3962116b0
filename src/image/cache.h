// Images that this user compiled before, in a private folder.
#pragma once

#include <filesystem>
#include <optional>

#include "base/file_cache.h"
#include "sonda/image.h"

namespace sonda {

/// The user's cache of images. Whatever is wrong with it is traced and never an error: the image is then compiled anew.
/// Many processes may use the same folder at the same time.
class ImageCache {
 public:
  /// No more files and bytes than these are kept; the ones unused for longest go first.
  static constexpr std::size_t most_files = 256;
  static constexpr std::uintmax_t most_bytes = 64UL << 20;

  /// The cache below the user's cache folder, made if need be; nothing where there is no folder that is this user's
  /// alone.
  static std::optional<ImageCache> open(Trace trace);
  /// The same below `cache_folder`; its own parent is made too, but no more.
  static std::optional<ImageCache> open(const std::optional<std::filesystem::path>& cache_folder, Trace trace);

  /// The image with exactly this key. A file that does not check is removed.
  std::optional<Image> find(const ImageKey& key) const;
  /// Keeps the image for later.
  void store(const Image& image) const;

  const std::filesystem::path& folder() const noexcept { return files_.folder(); }

 private:
  explicit ImageCache(FileCache files) : files_(std::move(files)) {}

  FileCache files_;
};

}  // namespace sonda
