// Program arrays and maps of maps filled as `// @tailcall` and `// @slot` lines say, and how far programs can jump from
// one to the next by them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sonda/image.h"
#include "sonda/loaded_image.h"
#include "sonda/probe_source.h"
#include "sonda/program.h"

namespace sonda {

/// Puts `program` into its slot. Throws Error(Stage::load) on the line of the `@tailcall`.
void fill_slot(const LoadedImage& loaded, const TailCall& call, const Program& program);
/// Whether `call` speaks of a map of maps: what it calls a function is a map.
bool is_inner_map(const Image& image, const TailCall& call);
/// Puts that map into its slot. Throws Error(Stage::load) on the line of the `@slot`.
void fill_with_map(const LoadedImage& loaded, const TailCall& call);
/// Empties the slot that `call` speaks of, whatever function is in it; whether there was one.
bool empty_slot(const LoadedImage& loaded, const TailCall& call);

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
