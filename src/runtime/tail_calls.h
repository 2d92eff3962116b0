// Program arrays and maps of maps filled as `// @tailcall` and `// @slot` lines say.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sonda/loaded_image.h"
#include "sonda/probe_source.h"
#include "sonda/program.h"

namespace sonda {

/// Functions and what they are loaded as.
using Kinds = std::map<std::string, ProgramKind>;

/// Adds to `kinds`, which holds the functions that are attached, those that `calls` make reachable: a function that is
/// called is of its caller's kind, since the kernel wants them alike.
void add_called_functions(Kinds& kinds, const Image& image, const std::vector<TailCall>& calls);

/// Puts `program` into its slot. Throws Error(Stage::load) on the line of the `@tailcall`.
void fill_slot(const LoadedImage& loaded, const TailCall& call, const Program& program);
/// Whether `call` speaks of a map of maps: what it calls a function is a map.
bool is_inner_map(const Image& image, const TailCall& call);
/// Puts that map into its slot. Throws Error(Stage::load) on the line of the `@slot`.
void fill_with_map(const LoadedImage& loaded, const TailCall& call);
/// Empties the slot that `call` speaks of, whatever function is in it; whether there was one.
bool empty_slot(const LoadedImage& loaded, const TailCall& call);

}  // namespace sonda
