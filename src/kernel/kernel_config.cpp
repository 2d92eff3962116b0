// How the running kernel was configured.
#include "kernel/kernel_config.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/files.h"
#include "base/text.h"
#include "kernel/kernel.h"

namespace sonda {
namespace {

constexpr std::size_t config_limit = 4UL << 20;

/// The text of a gzip file; nothing if it is damaged or larger than a configuration can be.
std::optional<std::string> gunzip(const std::string& packed) {
  constexpr int gzip_window = 16 + MAX_WBITS;
  z_stream stream{};
  if (inflateInit2(&stream, gzip_window) != Z_OK) return std::nullopt;
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> guard(&stream, &inflateEnd);
  std::string text, input = packed;
  std::array<char, 65536> part{};
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  for (int status = Z_OK; status != Z_STREAM_END;) {
    stream.next_out = reinterpret_cast<Bytef*>(part.data());
    stream.avail_out = part.size();
    status = inflate(&stream, Z_NO_FLUSH);
    if ((status != Z_OK && status != Z_STREAM_END) || text.size() > config_limit) return std::nullopt;
    text.append(part.data(), part.size() - stream.avail_out);
  }
  return text;
}

}  // namespace

std::optional<std::string> kernel_config() {
  if (const auto packed = try_read_file("/proc/config.gz", config_limit)) return gunzip(*packed);
  return try_read_file("/boot/config-" + kernel_release(), config_limit);
}

std::string config_value(std::string_view config, std::string_view name) {
  for (const auto line : split_lines(config))
    if (line.starts_with(name) && line.substr(name.size()).starts_with('='))
      return std::string(line.substr(name.size() + 1));
  return "n";
}

std::vector<std::string> config_flags(std::string_view config, const std::vector<std::string_view>& names) {
  std::vector<std::string> flags;
  for (const auto line : split_lines(config)) {
    const auto equals = line.find('=');
    if (!line.starts_with("CONFIG_") || equals == std::string_view::npos) continue;
    const auto option = line.substr(0, equals), value = line.substr(equals + 1);
    const auto is_wanted = [&](std::string_view name) {
      return name == option || name == fmt::format("{}_MODULE", option);
    };
    if (std::none_of(names.begin(), names.end(), is_wanted)) continue;
    if (value == "m") {
      flags.push_back(fmt::format("-D{}_MODULE=1", option));
    } else {
      flags.push_back(fmt::format("-D{}={}", option, value == "y" ? "1" : value));
    }
  }
  return flags;
}

}  // namespace sonda
