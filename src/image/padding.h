// Members that Sonda adds to the kernel's structs.
#pragma once

#include <string_view>

namespace sonda {

/// What the names of members begin with that stand for bytes between others; nobody is shown them.
inline constexpr std::string_view padding_prefix = "____sonda_padding_";

}  // namespace sonda
