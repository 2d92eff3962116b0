// The kernel's symbols, by address and by name.
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <unordered_map>
#include <vector>

#include "kernel/kallsyms.h"
#include "sonda/error.h"
#include "sonda/fd.h"
#include "sonda/symbols.h"

namespace sonda {
namespace {

// No function is longer. What is further from the symbol before it (a BPF program that the kernel does not list, say)
// does not belong to it.
constexpr std::uint64_t longest = 1UL << 20;

}  // namespace

struct KernelSymbols::Impl {
  struct Entry {
    std::uint64_t address;
    std::uint32_t name;  // where it starts in `names`; ends with a NUL
    std::uint16_t module;
  };

  explicit Impl(const std::filesystem::path& file) {
    read(file);
    entries.shrink_to_fit();
    names.shrink_to_fit();
    numbers.clear();
    // The kernel lists aliases in a meaningful order; the first is the one that it shows itself.
    std::ranges::stable_sort(entries, {}, &Entry::address);
  }

  // A piece at a time: the whole text is several times what is kept of it.
  void read(const std::filesystem::path& file) {
    const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    error = fd ? 0 : errno;
    std::array<char, 1 << 16> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read(2) fills it
    std::size_t held = 0;
    while (fd) {
      const auto got = ::read(fd.get(), buffer.data() + held, buffer.size() - held);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) error = errno;
      if (got <= 0) break;
      held = add_lines(buffer, held + static_cast<std::size_t>(got));
    }
    if (held != 0) add(std::string_view(buffer.data(), held));
  }

  // Takes the whole lines and moves what is left to the start; gives its size.
  std::size_t add_lines(std::array<char, 1 << 16>& buffer, std::size_t size) {
    const std::string_view text(buffer.data(), size);
    std::size_t start = 0;
    for (auto end = text.find('\n'); end != text.npos; start = end + 1, end = text.find('\n', start))
      add(text.substr(start, end - start));
    const auto rest = size - start == buffer.size() ? 0 : size - start;  // a line as long as this is none
    std::memmove(buffer.data(), buffer.data() + start, rest);
    return rest;
  }

  void add(std::string_view text) {
    const auto line = parse_kallsyms_line(text);
    if (!line) return;
    hidden = hidden || line->address == 0;
    if (line->address == 0 || names.size() + line->name.size() >= UINT32_MAX) return;
    entries.push_back({line->address, static_cast<std::uint32_t>(names.size()), module_number(line->module)});
    names.insert(names.end(), line->name.begin(), line->name.end());
    names.push_back('\0');
  }

  std::uint16_t module_number(std::string_view name) {
    if (name.empty() || modules.size() == UINT16_MAX) return 0;
    const auto [at, is_new] = numbers.try_emplace(std::string(name), static_cast<std::uint16_t>(modules.size()));
    if (is_new) modules.emplace_back(name);
    return at->second;
  }

  std::string_view name_of(const Entry& entry) const { return {names.data() + entry.name}; }

  std::vector<Entry> entries;
  std::vector<char> names;
  std::vector<std::string> modules{""};
  std::unordered_map<std::string, std::uint16_t> numbers;  // while reading
  bool hidden = false;                                     // some address was shown as zero
  int error = 0;
};

KernelSymbols::KernelSymbols(std::filesystem::path file) : file_(std::move(file)) {}
KernelSymbols::KernelSymbols(KernelSymbols&&) noexcept = default;
KernelSymbols& KernelSymbols::operator=(KernelSymbols&&) noexcept = default;
KernelSymbols::~KernelSymbols() = default;

KernelSymbols::Impl& KernelSymbols::loaded() {
  if (!impl_) impl_ = std::make_unique<Impl>(file_);
  return *impl_;
}

bool KernelSymbols::known() { return !loaded().entries.empty(); }

void KernelSymbols::require_known() {
  if (known()) return;
  if (loaded().error != 0) throw system_error(Stage::read, file_.string(), "cannot read it", loaded().error);
  if (!loaded().hidden) throw Error(Stage::read, file_.string(), "has no symbols", "the kernel needs CONFIG_KALLSYMS");
  throw Error(Stage::read, file_.string(), "the kernel hides the addresses of its functions",
              "run as root, and with kernel.kptr_restrict at 0 or 1 (sysctl kernel.kptr_restrict)");
}

SymbolAt KernelSymbols::find(std::uint64_t address) {
  const auto& entries = loaded().entries;
  const auto after = std::ranges::upper_bound(entries, address, {}, &Impl::Entry::address);
  if (after == entries.begin()) return {};
  const auto start = std::prev(after)->address;
  if (address - start >= longest) return {};
  const auto first = std::ranges::lower_bound(entries, start, {}, &Impl::Entry::address);
  return {std::string(impl_->name_of(*first)), address - start, impl_->modules[first->module]};
}

std::optional<std::uint64_t> KernelSymbols::address_of(std::string_view name) {
  const auto& entries = loaded().entries;
  const auto found = std::ranges::find(entries, name, [this](const auto& entry) { return impl_->name_of(entry); });
  if (found == entries.end()) return std::nullopt;
  return found->address;
}

// All of them are passed by: they lie one after the other, and there are a few hundred thousand.
std::vector<std::string> KernelSymbols::starting_with(std::string_view prefix, std::size_t most) {
  std::vector<std::string> found;
  for (const auto& entry : loaded().entries) {
    const auto name = impl_->name_of(entry);
    if (!name.starts_with(prefix)) continue;
    if (found.size() == most) break;
    found.emplace_back(name);
  }
  std::ranges::sort(found);
  const auto again = std::ranges::unique(found);
  found.erase(again.begin(), again.end());
  return found;
}

std::size_t KernelSymbols::size() { return loaded().entries.size(); }

}  // namespace sonda
