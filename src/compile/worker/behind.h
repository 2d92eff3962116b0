// For functions of this program that stand before those of libraries, by the dynamic linker.
#pragma once

#include <dlfcn.h>

namespace sonda {

/// What would be called by that name of the C++ ABI, did this program not have a function so called; null if there is
/// none.
template <class Function>
Function behind(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace sonda
