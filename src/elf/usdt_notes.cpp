#include "elf/usdt_notes.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sonda {
namespace {

using namespace std::string_view_literals;

constexpr Elf64_Word stapsdt_type = 3;
constexpr auto stapsdt_owner = "stapsdt\0"sv;  // with its NUL

struct Addresses {
  std::uint64_t place, base, semaphore;
};

class NoteReader {
 public:
  explicit NoteReader(const ElfFile& file) : file_(file) {
    // A linker that moves code after the notes were written (prelink) moves this section as well.
    if (const auto* section = file.tables().section(".stapsdt.base")) base_ = section->sh_addr;
  }

  std::vector<UsdtNote> read() {
    for (const auto& section : file_.tables().sections())
      if (section.sh_type == SHT_NOTE)
        for_each_note(file_.tables().contents<char>(section, "its notes"),
                      [&](Elf64_Word type, std::string_view owner, std::span<const char> note) {
                        if (type == stapsdt_type && owner == stapsdt_owner) read_note(note);
                      });
    return std::move(found_);
  }

 private:
  void read_note(std::span<const char> note) {
    auto found = parse_usdt_note(note, base_);
    if (!found) file_.tables().refuse("has a damaged note of a USDT probe");
    found_.push_back(std::move(*found));
  }

  const ElfFile& file_;
  std::uint64_t base_ = 0;
  std::vector<UsdtNote> found_;
};

}  // namespace

std::optional<UsdtNote> parse_usdt_note(std::span<const char> note, std::uint64_t base) {
  Addresses addresses{};
  if (note.size() < sizeof addresses) return std::nullopt;
  std::memcpy(&addresses, note.data(), sizeof addresses);
  auto texts = note.subspan(sizeof addresses);
  UsdtNote found;
  for (auto* text : {&found.provider, &found.name, &found.arguments}) {
    const auto end = std::ranges::find(texts, '\0');
    if (end == texts.end()) return std::nullopt;
    text->assign(texts.begin(), end);
    texts = texts.subspan(text->size() + 1);
  }
  const auto moved = base != 0 && addresses.base != 0 ? base - addresses.base : 0;
  found.address = addresses.place + moved;
  found.semaphore = addresses.semaphore == 0 ? 0 : addresses.semaphore + moved;
  return found;
}

std::vector<UsdtNote> usdt_notes(const ElfFile& file) { return NoteReader(file).read(); }

}  // namespace sonda
