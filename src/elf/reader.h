// The headers and tables of an ELF file that nobody has vouched for, read with every length and offset checked.
#pragma once

#include <elf.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sonda/fd.h"

namespace sonda {

/// An open ELF file and its program and section headers. Only what is asked for is read, with pread(2), into memory of
/// our own: where a mapping would end in SIGBUS when somebody cuts the file meanwhile, this gives an error. All
/// functions throw Error(Stage::attach) with the path as subject.
class ElfReader {
 public:
  /// Throws if there is no such file, or it is not a regular file, not ELF, of another word size or processor, neither
  /// a program nor a shared library, or cut short.
  explicit ElfReader(const std::filesystem::path& path);
  /// The same of a file that is open already; `path` is what errors call it.
  ElfReader(std::filesystem::path path, UniqueFd opened);

  const std::filesystem::path& path() const noexcept { return path_; }
  /// Borrowed.
  std::uint64_t size() const noexcept { return size_; }  ///< of the file, in bytes
  int fd() const noexcept { return fd_.get(); }
  const std::vector<Elf64_Phdr>& segments() const noexcept { return segments_; }
  const std::vector<Elf64_Shdr>& sections() const noexcept { return sections_; }
  /// The first section of that type, or null.
  const Elf64_Shdr* section(Elf64_Word type) const noexcept;
  /// The first section of that name, or null.
  const Elf64_Shdr* section(std::string_view name) const;
  /// The text that sections' names are in, for string_at(); empty if they have none.
  std::vector<char> section_names() const;

  /// `count` objects at `offset`. Throws, naming `what`, if the file ends before them or they are unreasonably many.
  template <class T>
  std::vector<T> read(std::uint64_t offset, std::uint64_t count, std::string_view what) const {
    require_inside(offset, count, sizeof(T), what);
    std::vector<T> objects(count);
    read_bytes(offset, std::as_writable_bytes(std::span(objects)), what);
    return objects;
  }
  /// As many whole objects as `section` holds. None of a section that takes no room in the file.
  template <class T>
  std::vector<T> contents(const Elf64_Shdr& section, std::string_view what) const {
    if (section.sh_type == SHT_NOBITS) return {};
    return read<T>(section.sh_offset, section.sh_size / sizeof(T), what);
  }
  /// The string table that `section` refers to.
  std::vector<char> strings_of(const Elf64_Shdr& section) const;

  [[noreturn]] void refuse(std::string cause, std::string hint = {}) const;

 private:
  void examine();
  Elf64_Ehdr read_identity() const;
  void read_headers(const Elf64_Ehdr& header);
  void require_inside(std::uint64_t offset, std::uint64_t count, std::size_t size, std::string_view what) const;
  void read_bytes(std::uint64_t offset, std::span<std::byte> bytes, std::string_view what) const;

  std::filesystem::path path_;
  UniqueFd fd_;
  std::uint64_t size_ = 0;
  std::vector<Elf64_Phdr> segments_;
  std::vector<Elf64_Shdr> sections_;
  std::uint64_t names_section_ = SHN_UNDEF;
};

/// Calls visit(type, owner with its NUL, content) for each note of a section or segment, as far as they are whole:
/// some are padded otherwise.
template <class Visit>
void for_each_note(std::span<const char> notes, Visit visit) {
  const auto padded = [](std::uint64_t size) { return (size + 3) / 4 * 4; };
  Elf64_Nhdr header;
  while (notes.size() >= sizeof header) {
    std::memcpy(&header, notes.data(), sizeof header);
    const auto content = sizeof header + padded(header.n_namesz);
    if (content + header.n_descsz > notes.size()) return;
    visit(header.n_type, std::string_view(notes.data() + sizeof header, header.n_namesz),
          notes.subspan(content, header.n_descsz));
    notes = notes.subspan(std::min<std::size_t>(content + padded(header.n_descsz), notes.size()));
  }
}

/// The text at `offset` in a string table, up to its NUL or the table's end; empty beyond the end.
std::string_view string_at(std::span<const char> table, std::uint64_t offset) noexcept;

}  // namespace sonda
