// What differs between processors, in one place.
#pragma once

#include <string_view>

namespace sonda::arch {

#if defined(__x86_64__)
/// The folder of the processor's own files below /usr/include, as Debian names it.
inline constexpr std::string_view multiarch = "x86_64-linux-gnu";
/// The folder of the processor's own headers below arch/ of a kernel tree.
inline constexpr std::string_view kernel_folder = "x86";
#else
#error "Sonda runs on x86-64"
#endif

}  // namespace sonda::arch
