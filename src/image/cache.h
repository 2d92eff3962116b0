// Images that this user compiled before, in a private folder.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

#include "sonda/image.h"

namespace sonda {

/// Told one line at a time what went wrong and was passed over; may be empty.
using Trace = std::function<void(std::string_view)>;

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

  const std::filesystem::path& folder() const noexcept { return folder_; }

 private:
  ImageCache(std::filesystem::path folder, Trace trace) : folder_(std::move(folder)), trace_(std::move(trace)) {}
  std::filesystem::path file_of(const ImageKey& key) const;
  void make_room() const;

  std::filesystem::path folder_;
  Trace trace_;
};

}  // namespace sonda
