// What a program reads with bpf_get_attach_cookie(), for kernels that have no attach cookies.
#pragma once

#include <cstdint>

#include "sonda/image.h"

namespace sonda {

/// The program with the number in place of each call of bpf_get_attach_cookie(), one instruction longer for each.
ProgramSpec with_constant_cookie(ProgramSpec program, std::uint64_t cookie);

}  // namespace sonda
