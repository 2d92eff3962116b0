// The key's bytes: each part with its length before it.
#include "image/key.h"

#include <fmt/format.h>

#include "image/hash.h"

namespace sonda {

void serialize_key(Writer& writer, const ImageKey& key) {
  writer.text(key.probe);
  writer.text(key.source);
  writer.list(key.flags, [&](const std::string& flag) { writer.text(flag); });
  writer.text(key.headers);
  writer.text(key.kernel);
  writer.text(key.compiler);
  writer.text(key.sonda);
}

ImageKey parse_key(Reader& reader) {
  ImageKey key;
  key.probe = reader.text();
  key.source = reader.text();
  key.flags = reader.list(sizeof(std::uint64_t), [&] { return reader.text(); });
  key.headers = reader.text();
  key.kernel = reader.text();
  key.compiler = reader.text();
  key.sonda = reader.text();
  return key;
}

std::string hash_name(const ImageKey& key) {
  Writer writer;
  serialize_key(writer, key);
  return hash_name(writer.written());
}

std::string hash_name(std::span<const std::byte> key) {
  const auto first = fnv1a(key);
  return fmt::format("{:016x}{:016x}", first, fnv1a(key, ~first));
}

}  // namespace sonda
