// One program, from its description into the kernel, or the reason why not.
#pragma once

#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sonda/error.h"
#include "sonda/fd.h"
#include "sonda/image.h"
#include "sonda/loaded_image.h"
#include "sonda/map.h"
#include "sonda/program.h"

namespace sonda {

/// Nothing if the kernel refuses it: programs and most maps do without, and lines are found by the image then.
UniqueFd load_btf(const std::vector<std::byte>& btf);

/// The program's instructions with the descriptors of `maps`, in the image's order, filled in.
std::vector<bpf_insn> with_maps(const ProgramSpec& spec, const std::vector<std::shared_ptr<Map>>& maps);

/// Loads `spec` of `image` as `kind`. `instructions` are its own with the maps' descriptors filled in; `btf_fd` is
/// borrowed, -1 if the kernel took no BTF.
/// Throws Error(Stage::verify) as LoadedImage::program says, Error(Stage::load) if the verifier never came to look at
/// it.
UniqueFd load_program(const Image& image, const ProgramSpec& spec, const ProgramKind& kind,
                      const std::vector<bpf_insn>& instructions, int btf_fd);

/// The same without a word if it is refused: nothing then. Throws as find_btf_target() does.
UniqueFd try_load(const Image& image, const ProgramSpec& spec, const ProgramKind& kind,
                  const std::vector<bpf_insn>& instructions, int btf_fd);

/// A program that was loaded to be looked at, or the reason why it was not.
struct Trial {
  UniqueFd fd;  ///< none if it was refused
  /// All that the verifier did, with the state of all registers (its log at level 2); empty where it is longer than
  /// longest_trace.
  std::string trace;
  /// Whether the kernel took a line record for each instruction (see tagged_instruction): then it tells the native code
  /// of each.
  bool tagged = false;
  std::optional<Error> refusal;  ///< as load_program would throw it

  static constexpr std::size_t longest_trace = 64UL << 20;
};

/// The instruction whose record this is, of a program that was loaded to be looked at and `tagged`.
std::optional<std::uint32_t> tagged_instruction(const bpf_line_info& record);

/// Loads the program once more, with the maps of `image`; it is not one of its programs(). Throws only for a name that
/// is not there and for a target that the kernel's BTF lacks.
Trial try_program(const LoadedImage& image, std::string_view name, const ProgramKind& kind);

/// Why the kernel would not have the program, in its own words; empty if it would. The program is gone again. Takes no
/// longer than the verifier itself does: there is no log of its steps. Throws as try_program() does.
std::string reason_against(const LoadedImage& image, std::string_view name, const ProgramKind& kind);

}  // namespace sonda
