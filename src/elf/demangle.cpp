// C++ names out of files that nobody has vouched for.
#include "elf/demangle.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>

namespace sonda {
namespace {

constexpr std::size_t longest_mangled = 4096, longest_demangled = 4096;
// A short name can stand for gigabytes: each reference to an earlier part may double what it says. With so many a name
// of the worst kind comes to some megabytes; names that anybody can read have fewer.
constexpr int most_references = 32;

// Of "S_", "S1Z_" and "T0_" in a mangled name, or what looks like them.
int references(std::string_view name) {
  int count = 0;
  for (std::size_t at = name.find_first_of("ST"); at != name.npos; at = name.find_first_of("ST", at + 1)) {
    const auto end = name.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", at + 1);
    if (end != name.npos && name[end] == '_') ++count;
  }
  return count;
}

struct Free {
  // NOLINTNEXTLINE(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory): __cxa_demangle's contract
  void operator()(char* text) const noexcept { std::free(text); }
};

}  // namespace

std::string demangle(const std::string& name) {
  if (!name.starts_with("_Z") || name.size() > longest_mangled || references(name) > most_references) return name;
  int status = 0;
  const std::unique_ptr<char, Free> text(abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status));
  if (status != 0 || !text) return name;
  std::string demangled(text.get());
  return demangled.size() > longest_demangled ? name : demangled;
}

}  // namespace sonda
