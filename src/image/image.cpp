// The image file: magic, format version, length, content, checksum. And finding what an image holds.
#include "sonda/image.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "image/bytes.h"
#include "image/content.h"
#include "sonda/error.h"

namespace sonda {
namespace {

constexpr std::string_view magic = "SONDAIMG";
constexpr std::size_t checksum_size = sizeof(std::uint64_t);
constexpr std::size_t head_size = magic.size() + sizeof(std::uint32_t) + sizeof(std::uint64_t);

std::span<const std::byte> as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

template <class Spec>
const Spec& find(const std::vector<Spec>& specs, std::string_view what, std::string_view name) {
  const auto found = std::find_if(specs.begin(), specs.end(), [&](const Spec& spec) { return spec.name == name; });
  if (found != specs.end()) return *found;
  std::vector<std::string> names;
  for (const auto& spec : specs) names.push_back(spec.name);
  const auto there = names.empty() ? "it has none" : "it has " + join(names, ", ");
  throw Error(Stage::load, std::string(name), fmt::format("the probe has no {} of this name; {}", what, there),
              did_you_mean(name, names));
}

}  // namespace

const ProgramSpec& Image::program(std::string_view name) const { return find(programs, "program", name); }

const MapSpec& Image::map(std::string_view name) const { return find(maps, "map", name); }

std::optional<std::size_t> slot_field(const Type& key) noexcept {
  const auto& fields = key.fields;
  if (key.kind != Kind::structure || fields.empty()) return std::nullopt;
  const auto named =
      std::ranges::find_if(fields, [](const Field& field) { return field.name == "slot" || field.name == "bucket"; });
  return named == fields.end() ? fields.size() - 1 : static_cast<std::size_t>(named - fields.begin());
}

std::vector<std::byte> seal(std::span<const std::byte> content) {
  Writer writer;
  writer.raw(as_bytes(magic));
  writer.number(image_format);
  writer.number<std::uint64_t>(head_size + content.size() + checksum_size);
  writer.raw(content);
  writer.number(fnv1a(writer.written()));
  return writer.take();
}

std::vector<std::byte> serialize(const Image& image) {
  Writer writer;
  write_content(writer, image);
  return seal(writer.written());
}

Image parse_image(std::span<const std::byte> bytes) {
  Reader reader(bytes);
  const auto start = bytes.first(std::min(bytes.size(), magic.size()));
  if (!std::ranges::equal(start, as_bytes(magic).first(start.size()))) reader.refuse("it is not an image file");
  reader.raw(magic.size());
  if (const auto format = reader.number<std::uint32_t>(); format != image_format)
    reader.refuse(fmt::format("it has format {}, {} than this program's {}", format,
                              format > image_format ? "newer" : "older", image_format));
  const auto size = reader.number<std::uint64_t>();
  if (size > bytes.size()) reader.refuse(fmt::format("it is cut short: {} of {} bytes", bytes.size(), size));
  if (size < bytes.size()) reader.refuse(fmt::format("it has {} bytes where {} were written", bytes.size(), size));
  if (reader.left() < checksum_size) reader.refuse("it is cut short: it has no checksum");

  Reader sum(bytes.last(checksum_size));
  if (sum.number<std::uint64_t>() != fnv1a(bytes.first(bytes.size() - checksum_size)))
    reader.refuse("it was altered: its checksum does not match");
  Reader content(reader.raw(reader.left() - checksum_size));
  return read_content(content);
}

}  // namespace sonda
