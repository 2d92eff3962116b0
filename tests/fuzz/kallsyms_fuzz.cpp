// Lines of /proc/kallsyms, whose names of BPF programs and modules are whatever their loaders chose.
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "attach/kernel_functions.h"
#include "sonda/fd.h"
#include "sonda/symbols.h"

namespace {

void look_at_functions(std::string_view text) {
  const auto functions = sonda::functions_in(text);
  if (functions.size() > text.size() / 5) std::abort();  // "0 T x", and a line's end
  for (const auto& function : functions)
    if (function.name.empty() || function.name.find_first_of("\n\t") != function.name.npos ||
        function.name.data() < text.data() || function.name.data() + function.name.size() > text.data() + text.size())
      std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (size != 0) look_at_functions(text);
  const sonda::UniqueFd file(::memfd_create("fuzz", MFD_CLOEXEC));
  if (!file || ::write(file.get(), data, size) != static_cast<ssize_t>(size)) return 0;
  sonda::KernelSymbols symbols(fmt::format("/proc/self/fd/{}", file.get()));
  if (symbols.size() > size / 5 + 1) std::abort();
  for (const auto& name : symbols.starting_with("", 20))
    if (name.empty() || !symbols.address_of(name)) std::abort();
  for (const std::uint64_t address : {0UL, 0xffffffff81000010UL, UINT64_MAX}) {
    const auto found = symbols.find(address);
    if (!found.name.empty() && found.offset > address) std::abort();
  }
  return 0;
}
