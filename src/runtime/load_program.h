// One program, from its description into the kernel, or the reason why not.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <vector>

#include "sonda/fd.h"
#include "sonda/image.h"

namespace sonda {

struct ProgramKind {
  bpf_prog_type type = BPF_PROG_TYPE_UNSPEC;
  std::uint32_t attach_type = 0;  ///< the kernel's expected_attach_type
};

/// Loads `spec` of `image` as `kind`. `instructions` are its own with the maps' descriptors filled in; `btf_fd` is
/// borrowed, -1 if the kernel took no BTF.
/// Throws Error(Stage::verify) as LoadedImage::program says, Error(Stage::load) if the verifier never came to look at
/// it.
UniqueFd load_program(const Image& image, const ProgramSpec& spec, ProgramKind kind,
                      const std::vector<bpf_insn>& instructions, int btf_fd);

}  // namespace sonda
