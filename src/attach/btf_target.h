// Programs that are tied, when they are loaded, to something in the kernel's BTF: a function, a hook, an iterator.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "attach/points.h"
#include "sonda/error.h"
#include "sonda/fd.h"
#include "sonda/program.h"

namespace sonda {

/// What bpf(2) wants to know of a program's target.
struct BtfTarget {
  std::uint32_t type = 0;  ///< attach_btf_id; 0: the kind has no target
  UniqueFd module;         ///< attach_btf_obj_fd; none for the kernel itself
};

/// Finds the target of `kind`, in the kernel or in a module. Throws Error(Stage::load), with `subject`, that names near
/// matches; Exit::cannot_run, with what to use instead, where the kernel has no such targets at all.
BtfTarget find_btf_target(const ProgramKind& kind, const std::string& subject);

/// Why the kernel refused, without having looked at it, a program of `kind` whose target it has: for kinds that not
/// every kernel takes. Nothing for others and other reasons.
std::optional<Error> refusal_of_kind(const ProgramKind& kind, const std::string& subject, int error_number);

/// Why no program at a hook of the security modules would ever run: the kernel takes them also when it does not call
/// them. Nothing if it does, or does not tell. `hook` is for the hint.
std::optional<Error> lsm_refusal(const std::string& subject, std::string_view hook = "*");

/// Attaches a program to the target that it was loaded for. Throws Error(Stage::attach).
Attached attach_to_target(const Program& program, const std::string& subject);

}  // namespace sonda
