#include "read/symbols/module.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/escape.h"
#include "base/files.h"
#include "elf/symbols.h"
#include "read/symbols/process_maps.h"
#include "sonda/error.h"
#include "sonda/symbols.h"

namespace sonda {
namespace {

namespace fs = std::filesystem;

fs::path root_of(pid_t pid) { return fmt::format("/proc/{}/root", pid); }

// Looks before it opens: opening a device can set it in motion.
bool is_regular(const fs::path& path, std::uint64_t inode) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && (inode == 0 || status.st_ino == inode);
}

std::unique_ptr<ElfReader> try_open(const fs::path& path, std::uint64_t inode) {
  if (!is_regular(path, inode)) return nullptr;
  try {
    return std::make_unique<ElfReader>(path);
  } catch (const Error&) {
    return nullptr;
  }
}

// Our own vdso; its pages are the same in every process.
std::optional<Mapping> own_vdso() {
  for (const auto& mapping : read_code_mappings(::getpid()))
    if (mapping.path == "[vdso]") return mapping;
  return std::nullopt;
}

// Larger than any debug file whose checksum is worth the time.
constexpr std::uint64_t most_to_check = 1UL << 30;

std::optional<DebugLink> debug_link(const ElfReader& file) {
  const auto* section = file.section(".gnu_debuglink");
  if (section == nullptr) return std::nullopt;
  return parse_debug_link(file.contents<char>(*section, "its debug link"));
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

std::optional<DebugLink> parse_debug_link(std::span<const char> content) {
  const auto name = string_at(content, 0);
  const auto at = (name.size() + 4) / 4 * 4;
  // It is the name of a file, never the way to one.
  if (name.empty() || name == "." || name == ".." || name.find('/') != name.npos || at + 4 > content.size())
    return std::nullopt;
  DebugLink link{std::string(name), 0};
  std::memcpy(&link.checksum, content.data() + at, sizeof link.checksum);
  return link;
}

std::unique_ptr<ElfReader> open_mapped(pid_t pid, const Mapping& mapping) {
  if (!mapping.path.starts_with('/')) return nullptr;
  const auto exact = fmt::format("/proc/{}/map_files/{:x}-{:x}", pid, mapping.start, mapping.end);
  if (auto file = try_open(exact, 0)) return file;
  const auto path = fs::path(mapping.path);
  if (auto file = try_open(root_of(pid) / path.relative_path(), mapping.inode)) return file;
  return try_open(path, mapping.inode);
}

FileIdentity identity_of(const ElfReader& file) {
  struct stat status{};
  if (::fstat(file.fd(), &status) != 0)
    throw system_error(Stage::attach, file.path().string(), "cannot examine it", errno);
  return {status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

std::shared_ptr<const Module> read_module(pid_t pid, const Mapping& mapping, const ElfReader& file) {
  Module module{mapping.path, build_id_of(file), SymbolTable(file)};
  if (!file.section(SHT_SYMTAB)) {
    const std::array<fs::path, 2> roots{root_of(pid), "/"};
    try {
      if (const auto debug = find_debug_file(file, mapping.path, roots)) module.symbols.add(*debug);
    } catch (const Error&) {
      // What the binary itself says is worth having without it.
    }
  }
  module.symbols.finish();
  return std::make_shared<const Module>(std::move(module));
}

std::shared_ptr<const Module> read_vdso() {
  const auto mapping = own_vdso();
  if (!mapping) return nullptr;
  const UniqueFd memory(::open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
  const UniqueFd copy(::memfd_create("vdso", MFD_CLOEXEC));
  std::vector<std::byte> bytes(mapping->end - mapping->start);
  if (!memory || !copy) return nullptr;
  if (::pread(memory.get(), bytes.data(), bytes.size(), static_cast<off_t>(mapping->start)) !=
      static_cast<ssize_t>(bytes.size()))
    return nullptr;
  try {
    write_all(copy.get(), bytes, "vdso", Stage::read);
    const ElfReader file(fmt::format("/proc/self/fd/{}", copy.get()));
    Module module{"[vdso]", build_id_of(file), SymbolTable(file)};
    module.symbols.finish();
    return std::make_shared<const Module>(std::move(module));
  } catch (const Error&) {
    return nullptr;
  }
}

std::string_view file_part(std::string_view path) {
  const auto slash = path.starts_with('[') ? path.npos : path.rfind('/');
  return slash == path.npos ? path : path.substr(slash + 1);
}

std::string to_text(const SymbolAt& symbol, std::uint64_t address) {
  auto module = escape_for_terminal(file_part(symbol.module));
  if (module.starts_with('[') && module.ends_with(']')) module = module.substr(1, module.size() - 2);
  if (symbol.name.empty())
    return module.empty() ? fmt::format("{:#x}", address) : fmt::format("[unknown] [{}+{:#x}]", module, symbol.offset);
  auto text = escape_for_terminal(symbol.name);
  if (symbol.offset != 0) text += fmt::format("+{:#x}", symbol.offset);
  if (!module.empty()) text += fmt::format(" [{}]", module);
  return text;
}

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
      auto found = try_open(place, 0);
      if (found && belongs(*found, id, link ? std::optional(link->checksum) : std::nullopt)) return std::move(*found);
    }
  }
  return std::nullopt;
}

}  // namespace sonda
