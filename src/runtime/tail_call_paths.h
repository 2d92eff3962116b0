// How far programs can jump from one to the next, told from their instructions and the `// @tailcall` lines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sonda/image.h"
#include "sonda/probe_source.h"

namespace sonda {

/// After so many jumps without a return the kernel makes no further one: bpf_tail_call() does nothing then.
inline constexpr std::size_t most_tail_calls = 33;

/// A place where a program jumps through a program array.
struct TailJump {
  std::string map;
  std::optional<std::uint32_t> index;  ///< nothing: not a constant
  bool operator==(const TailJump&) const = default;
};

/// In the order of the instructions; one that may go through several arrays is there for each.
std::vector<TailJump> tail_jumps(const Image& image, const ProgramSpec& program);

/// In plain words, what programs will not be reached, or that a path has no end; empty if all is well.
std::string tail_call_warning(const Image& image, const std::vector<TailCall>& calls);

}  // namespace sonda
