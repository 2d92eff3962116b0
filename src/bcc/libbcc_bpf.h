// The functions of libbcc_bpf before which functions of ours stand.
#pragma once

#include <dlfcn.h>

namespace sonda::bcc {

/// The function of that name in libbcc_bpf; null if it has none.
template <class Function>
Function* of_libbcc_bpf(const char* name) {
  // Loaded already: this library needs it.
  static void* const library = ::dlopen("libbcc_bpf.so.0", RTLD_LAZY | RTLD_NOLOAD);
  return reinterpret_cast<Function*>(library == nullptr ? nullptr : ::dlsym(library, name));
}

}  // namespace sonda::bcc
