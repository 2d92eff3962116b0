// Each header in a file that is named by its key: magic, key, header, checksum.
#include "headers/header_cache.h"

#include <algorithm>

#include "image/bytes.h"
#include "image/content.h"

namespace sonda {
namespace {

constexpr std::string_view magic = "SONDAHDR";

std::string file_of(std::span<const std::byte> key) { return hash_name(key) + ".header"; }

// The key names the program that wrote the file, so no other format can be met under it.
MadeHeader parse(std::span<const std::byte> bytes, std::span<const std::byte> key) {
  constexpr std::size_t checksum_size = sizeof(std::uint64_t);
  const auto content = bytes.first(bytes.size() - std::min(bytes.size(), checksum_size));
  Reader reader(content, "header");
  if (!std::ranges::equal(reader.raw(magic.size()), std::as_bytes(std::span(magic))))
    reader.refuse("it is not a header file");
  if (Reader(bytes.last(checksum_size)).number<std::uint64_t>() != fnv1a(content))
    reader.refuse("it was altered: its checksum does not match");
  if (!std::ranges::equal(reader.bytes(), key)) reader.refuse("it is the header of something else");
  MadeHeader header;
  header.text = reader.text();
  header.options = reader.list(sizeof(std::uint64_t), [&] { return reader.name(); });
  header.types = reader.number<std::uint64_t>();
  reader.require_end();
  return header;
}

}  // namespace

std::optional<HeaderCache> HeaderCache::open(const std::optional<std::filesystem::path>& cache_folder, Trace trace) {
  if (!cache_folder) return std::nullopt;
  auto files = FileCache::open(cache_folder, {"headers", "header", most_files, most_bytes}, std::move(trace));
  if (!files) return std::nullopt;
  return HeaderCache(std::move(*files));
}

std::optional<MadeHeader> HeaderCache::find(std::span<const std::byte> key) const {
  return files_.find(file_of(key), [&](std::span<const std::byte> bytes) { return parse(bytes, key); });
}

void HeaderCache::store(std::span<const std::byte> key, const MadeHeader& header) const {
  Writer writer;
  writer.raw(std::as_bytes(std::span(magic)));
  writer.bytes(key);
  writer.text(header.text);
  writer.list(header.options, [&](const std::string& option) { writer.text(option); });
  writer.number(header.types);
  writer.number(fnv1a(writer.written()));
  files_.store(file_of(key), writer.written());
}

}  // namespace sonda
