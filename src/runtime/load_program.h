// One program, from its description into the kernel, or the reason why not.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <vector>

#include "sonda/fd.h"
#include "sonda/image.h"
#include "sonda/map.h"

namespace sonda {

/// Loads `spec` of `image` as `kind`. `instructions` are its own with the maps' descriptors filled in; `btf_fd` is
/// borrowed, -1 if the kernel took no BTF.
/// Throws Error(Stage::verify) as LoadedImage::program says, Error(Stage::load) if the verifier never came to look at
/// it.
UniqueFd load_program(const Image& image, const ProgramSpec& spec, const ProgramKind& kind,
                      const std::vector<bpf_insn>& instructions, int btf_fd);

}  // namespace sonda
