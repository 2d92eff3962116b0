// As what a function is loaded that BCC's Python asks for.
#pragma once

#include <string_view>

#include "sonda/program.h"

namespace sonda::bcc {

/// `type` is what the kernel calls the type of program, `attach_type` its expected attach type or -1. Programs for BTF
/// targets say theirs in their name, as BCC's macros make it: kfunc__, kretfunc__, kmod_ret__, lsm__, bpf_iter__;
/// behind it may stand the module and "__". Throws Error(Stage::load) for a tracing program whose name says none.
ProgramKind program_kind(int type, std::string_view function, int attach_type);

}  // namespace sonda::bcc
