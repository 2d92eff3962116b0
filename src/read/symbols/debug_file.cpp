#include "read/symbols/debug_file.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "elf/symbols.h"
#include "sonda/error.h"

namespace sonda {
namespace {

namespace fs = std::filesystem;

// Larger than any debug file whose checksum is worth the time.
constexpr std::uint64_t most_to_check = 1UL << 30;

struct DebugLink {
  std::string name;
  std::uint32_t checksum = 0;
};

// A file's name, padded with NULs to 4 bytes, and a checksum of its content.
std::optional<DebugLink> debug_link(const ElfReader& file) {
  const auto* section = file.section(".gnu_debuglink");
  if (section == nullptr) return std::nullopt;
  const auto content = file.contents<char>(*section, "its debug link");
  const auto name = string_at(content, 0);
  const auto at = (name.size() + 4) / 4 * 4;
  // It is the name of a file, never the way to one.
  if (name.empty() || name == ".." || name.find('/') != name.npos || at + 4 > content.size()) return std::nullopt;
  DebugLink link{std::string(name), 0};
  std::memcpy(&link.checksum, content.data() + at, sizeof link.checksum);
  return link;
}

std::optional<ElfReader> try_open(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return std::nullopt;
  try {
    return ElfReader(path);
  } catch (const Error&) {
    return std::nullopt;  // a second source only: the binary itself is sound
  }
}

// The CRC-32 of zlib and of the debug link.
class Checksum {
 public:
  Checksum() {
    for (std::uint32_t i = 0; i < table_.size(); ++i) {
      auto value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? value >> 1 ^ 0xedb88320U : value >> 1;
      table_[i] = value;
    }
  }
  std::uint32_t of(const ElfReader& file) const {
    constexpr std::uint64_t piece = 1UL << 20;
    const auto size = fs::file_size(fmt::format("/proc/self/fd/{}", file.fd()));
    if (size > most_to_check) file.refuse("is too large to check");
    std::uint32_t sum = 0xffffffffU;
    for (std::uint64_t at = 0; at < size; at += piece)
      for (const auto byte : file.read<unsigned char>(at, std::min(piece, size - at), "its content"))
        sum = table_[(sum ^ byte) & 0xff] ^ sum >> 8;
    return ~sum;
  }

 private:
  std::array<std::uint32_t, 256> table_{};
};

bool belongs(const ElfReader& debug, const std::string& build_id, std::optional<std::uint32_t> checksum) {
  try {
    const auto its_id = build_id_of(debug);
    if (!build_id.empty() && !its_id.empty()) return its_id == build_id;
    return checksum && Checksum().of(debug) == *checksum;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace

std::string build_id_of(const ElfReader& file) {
  // By the descriptor: the path may meanwhile be another file's.
  return ElfFile::open(fmt::format("/proc/self/fd/{}", file.fd())).build_id();
}

std::optional<ElfReader> find_debug_file(const ElfReader& file, const fs::path& path, std::span<const fs::path> roots) {
  const auto id = build_id_of(file);
  const auto link = debug_link(file);
  const auto folder = path.parent_path().relative_path();
  for (const auto& root : roots) {
    std::vector<fs::path> places;
    const auto all = root / "usr/lib/debug";
    if (id.size() > 2) places.push_back(all / ".build-id" / id.substr(0, 2) / (id.substr(2) + ".debug"));
    if (link) {
      places.push_back(root / folder / ".debug" / link->name);
      places.push_back(root / folder / link->name);
      places.push_back(all / folder / link->name);
    }
    for (const auto& place : places) {
      auto found = try_open(place);
      if (found && belongs(*found, id, link ? std::optional(link->checksum) : std::nullopt)) return found;
    }
  }
  return std::nullopt;
}

}  // namespace sonda
