#include "elf/reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <bit>
#include <cerrno>

#include "base/text.h"
#include "sonda/error.h"

namespace sonda {
namespace {

#if defined(__x86_64__)
constexpr Elf64_Half native_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half native_machine = EM_AARCH64;
#else
#error "name this processor's ELF machine here"
#endif

// Far above the largest symbol tables there are; below what would hurt when a sparse file claims it.
constexpr std::uint64_t most_bytes = 256UL << 20;

std::string_view kind_of_file(mode_t mode) {
  if (S_ISDIR(mode)) return "is a directory, not a binary";
  if (S_ISFIFO(mode)) return "is a pipe, not a binary";
  if (S_ISSOCK(mode)) return "is a socket, not a binary";
  return "is a device, not a binary";
}

// "#!/bin/sh -e": what somebody wants to probe is /bin/sh.
std::string script_hint(std::string_view start) {
  if (!start.starts_with("#!")) return {};
  const auto words = split(trim(split(start.substr(2), '\n').front()), ' ');
  if (words.front().empty()) return {};
  return fmt::format("it is a script; the binary that runs it is {}", words.front());
}

UniqueFd open_file(const std::filesystem::path& path) {
  // Without O_NONBLOCK, opening a pipe would wait for its writer.
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd) throw system_error(Stage::attach, path.string(), "cannot open the binary", errno);
  return fd;
}

}  // namespace

std::string_view string_at(std::span<const char> table, std::uint64_t offset) noexcept {
  if (offset >= table.size()) return {};
  const auto rest = table.subspan(offset);
  const void* end = std::memchr(rest.data(), '\0', rest.size());
  return {rest.data(), end ? static_cast<std::size_t>(static_cast<const char*>(end) - rest.data()) : rest.size()};
}

ElfReader::ElfReader(const std::filesystem::path& path) : ElfReader(path, open_file(path)) {}

ElfReader::ElfReader(std::filesystem::path path, UniqueFd opened) : path_(std::move(path)), fd_(std::move(opened)) {
  examine();
  read_headers(read_identity());
}

void ElfReader::refuse(std::string cause, std::string hint) const {
  throw Error(Stage::attach, path_.string(), std::move(cause), std::move(hint));
}

void ElfReader::examine() {
  struct stat status{};
  if (::fstat(fd_.get(), &status) != 0) throw system_error(Stage::attach, path_.string(), "cannot examine it", errno);
  if (!S_ISREG(status.st_mode)) refuse(std::string(kind_of_file(status.st_mode)));
  size_ = static_cast<std::uint64_t>(status.st_size);
}

Elf64_Ehdr ElfReader::read_identity() const {
  const auto start = read<char>(0, std::min<std::uint64_t>(size_, sizeof(Elf64_Ehdr)), "its first bytes");
  const std::string_view text(start.data(), start.size());
  if (!text.starts_with(ELFMAG)) refuse(size_ == 0 ? "is empty" : "is not an ELF binary", script_hint(text));
  if (start.size() < sizeof(Elf64_Ehdr)) refuse("is cut short: it ends inside the ELF header");
  Elf64_Ehdr header;
  std::memcpy(&header, start.data(), sizeof header);
  if (header.e_ident[EI_CLASS] != ELFCLASS64) refuse("is not a 64-bit binary", "only 64-bit binaries can be probed");
  constexpr auto native_order = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
  if (header.e_ident[EI_DATA] != native_order || header.e_machine != native_machine)
    refuse("is a binary for another processor");
  if (header.e_type != ET_EXEC && header.e_type != ET_DYN)
    refuse("is an ELF file, but neither a program nor a shared library");
  return header;
}

void ElfReader::read_headers(const Elf64_Ehdr& header) {
  std::uint64_t section_count = header.e_shnum, segment_count = header.e_phnum;
  const bool has_sections = header.e_shoff != 0;
  if (has_sections && header.e_shentsize != sizeof(Elf64_Shdr)) refuse("has section headers of an unknown size");
  names_section_ = header.e_shstrndx;
  if (has_sections && (section_count == 0 || segment_count == PN_XNUM || names_section_ == SHN_XINDEX)) {
    // Numbers that do not fit the header are kept in the first section header.
    const auto first = read<Elf64_Shdr>(header.e_shoff, 1, "its section headers").front();
    if (section_count == 0) section_count = first.sh_size;
    if (segment_count == PN_XNUM) segment_count = first.sh_info;
    if (names_section_ == SHN_XINDEX) names_section_ = first.sh_link;
  }
  if (segment_count != 0 && header.e_phentsize != sizeof(Elf64_Phdr)) refuse("has segment headers of an unknown size");
  segments_ = read<Elf64_Phdr>(header.e_phoff, segment_count, "its segment headers");
  if (has_sections) sections_ = read<Elf64_Shdr>(header.e_shoff, section_count, "its section headers");
}

const Elf64_Shdr* ElfReader::section(Elf64_Word type) const noexcept {
  const auto found = std::ranges::find(sections_, type, &Elf64_Shdr::sh_type);
  return found == sections_.end() ? nullptr : &*found;
}

std::vector<char> ElfReader::section_names() const {
  if (names_section_ == SHN_UNDEF || names_section_ >= sections_.size()) return {};
  return contents<char>(sections_[names_section_], "its sections' names");
}

const Elf64_Shdr* ElfReader::section(std::string_view name) const {
  const auto names = section_names();
  const auto found = std::ranges::find_if(
      sections_, [&](const Elf64_Shdr& section) { return string_at(names, section.sh_name) == name; });
  return found == sections_.end() ? nullptr : &*found;
}

std::vector<char> ElfReader::strings_of(const Elf64_Shdr& section) const {
  if (section.sh_link >= sections_.size() || sections_[section.sh_link].sh_type != SHT_STRTAB)
    refuse("is damaged: a symbol table has no names");
  return contents<char>(sections_[section.sh_link], "its names");
}

void ElfReader::require_inside(std::uint64_t offset, std::uint64_t count, std::size_t size,
                               std::string_view what) const {
  if (offset > size_ || count > (size_ - offset) / size)
    refuse(fmt::format("is cut short or damaged: {} would be beyond its end", what));
  if (count > most_bytes / size) refuse(fmt::format("cannot be read: {} take more than {} MB", what, most_bytes >> 20));
}

void ElfReader::read_bytes(std::uint64_t offset, std::span<std::byte> bytes, std::string_view what) const {
  while (!bytes.empty()) {
    const auto got = ::pread(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw system_error(Stage::attach, path_.string(), fmt::format("cannot read {}", what), errno);
    if (got == 0) refuse(fmt::format("was cut short while {} were read", what));
    bytes = bytes.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
}

}  // namespace sonda
