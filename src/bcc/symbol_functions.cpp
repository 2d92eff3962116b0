// The functions of libbcc_bpf that look symbols up: the kernel's are looked up here, those of processes by libbcc_bpf.
#include <cstdint>
#include <exception>

#include "bcc/kernel_symbols.h"
#include "bcc/libbcc_bpf.h"

// NOLINTBEGIN(readability-identifier-naming): the names are libbcc's
extern "C" struct bcc_symbol {
  const char* name;
  const char* demangle_name;
  const char* module;
  std::uint64_t offset;
};
// NOLINTEND(readability-identifier-naming)

namespace sonda::bcc {
namespace {

/// There is one kernel, and the Python never frees what it opened for it.
KernelSymbols& kernel() {
  static KernelSymbols symbols;
  return symbols;
}

bool is_kernel(const void* cache) { return cache == &kernel(); }

int resolve(std::uint64_t address, bcc_symbol& symbol, bool demangle) noexcept {
  symbol = {};
  try {
    const auto found = kernel().at(address);
    if (!found) return -1;
    symbol = {.name = found->name,
              .demangle_name = demangle ? found->name : nullptr,
              .module = found->module,
              .offset = found->offset};
    return 0;
  } catch (const std::exception&) {  // no memory
    return -1;
  }
}

}  // namespace
}  // namespace sonda::bcc

// NOLINTBEGIN(readability-identifier-naming)
extern "C" {
using namespace sonda::bcc;

void* bcc_symcache_new(int pid, void* option) {
  if (pid < 0) return &kernel();
  const auto real = of_libbcc_bpf<void*(int, void*)>(__func__);
  return real == nullptr ? nullptr : real(pid, option);
}

void bcc_free_symcache(void* cache, int pid) {
  if (is_kernel(cache)) return;
  if (const auto real = of_libbcc_bpf<void(void*, int)>(__func__)) real(cache, pid);
}

int bcc_symcache_resolve(void* cache, std::uint64_t address, bcc_symbol* symbol) {
  if (is_kernel(cache)) return resolve(address, *symbol, true);
  const auto real = of_libbcc_bpf<int(void*, std::uint64_t, bcc_symbol*)>(__func__);
  return real == nullptr ? -1 : real(cache, address, symbol);
}

int bcc_symcache_resolve_no_demangle(void* cache, std::uint64_t address, bcc_symbol* symbol) {
  if (is_kernel(cache)) return resolve(address, *symbol, false);
  const auto real = of_libbcc_bpf<int(void*, std::uint64_t, bcc_symbol*)>(__func__);
  return real == nullptr ? -1 : real(cache, address, symbol);
}

int bcc_symcache_resolve_name(void* cache, const char* module, const char* name, std::uint64_t* address) {
  if (!is_kernel(cache)) {
    const auto real = of_libbcc_bpf<int(void*, const char*, const char*, std::uint64_t*)>(__func__);
    return real == nullptr ? -1 : real(cache, module, name, address);
  }
  try {
    const auto found = kernel().address_of(name);
    if (found) *address = *found;
    return found ? 0 : -1;
  } catch (const std::exception&) {  // no memory
    return -1;
  }
}

void bcc_symcache_refresh(void* cache) {
  if (is_kernel(cache)) return;
  if (const auto real = of_libbcc_bpf<void(void*)>(__func__)) real(cache);
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming)
