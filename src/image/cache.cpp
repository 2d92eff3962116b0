#include "image/cache.h"

#include "base/locations.h"
#include "image/content.h"
#include "sonda/error.h"

namespace sonda {
namespace {

std::string file_of(const ImageKey& key) { return hash_name(key) + ".image"; }

}  // namespace

std::optional<ImageCache> ImageCache::open(Trace trace) { return open(user_cache(), std::move(trace)); }

std::optional<ImageCache> ImageCache::open(const std::optional<std::filesystem::path>& cache_folder, Trace trace) {
  auto files = FileCache::open(cache_folder, {"images", "image", most_files, most_bytes}, std::move(trace));
  if (!files) return std::nullopt;
  return ImageCache(std::move(*files));
}

std::optional<Image> ImageCache::find(const ImageKey& key) const {
  return files_.find(file_of(key), [&](std::span<const std::byte> bytes) {
    auto image = parse_image(bytes);
    if (image.key != key) throw Error(Stage::cache, image.key.probe, "it is the image of something else");
    return image;
  });
}

void ImageCache::store(const Image& image) const { files_.store(file_of(image.key), serialize(image)); }

}  // namespace sonda
