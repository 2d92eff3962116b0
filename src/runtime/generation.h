// The steps from a probe's source to its programs, for the first time and for each edit.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sonda/probe.h"

namespace sonda {

using Parameters = std::vector<std::pair<std::string, std::string>>;

/// Sets parameters and the process. Throws Error(Stage::source).
ProbeSource prepared(ProbeSource source, const Parameters& parameters, const std::optional<pid_t>& process);

/// Shared, imported and pinned maps come from `pool`, all others are new. Borrows `source`.
LoadedImage::MapSource map_source(const ProbeSource& source, std::shared_ptr<MapPool> pool);

/// `options` with the maps of `pool` that the probe may import.
CompileOptions with_exported(CompileOptions options, const MapPool& pool);

/// The program; where the image's first one is refused, and it came from the cache, it is compiled anew. What refuses
/// it then is thrown with a change that was tried, if there is one.
const Program& load_or_compile_anew(LoadedImage& loaded, const ProbeSource& source, const OpenOptions& options,
                                    const std::string& function, const ProgramKind& kind);

/// A function and what it is loaded as.
using Wanted = std::pair<std::string, ProgramKind>;
std::vector<Wanted> wanted_by(const std::vector<Attachment>& attachments);

/// Fills program arrays and maps of maps as the `@tailcall` and `@slot` lines say, `attached` being the functions that
/// are attached. Throws Error.
void fill_program_arrays(const LoadedImage& loaded, const ProbeSource& source, const std::vector<Wanted>& attached,
                         const LoadProgram& load);

/// The same for those slots alone that the functions which are attached can reach, and not for `kept`, which were
/// filled or emptied by hand.
void fill_reached_slots(const LoadedImage& loaded, const ProbeSource& source, const std::vector<Wanted>& attached,
                        const std::vector<TailCall>& kept, const LoadProgram& load);

/// Fills one slot with a function, as what those are that jump through the array.
void fill_one_slot(const LoadedImage& loaded, const std::vector<Wanted>& attached, const TailCall& call,
                   const LoadProgram& load);

}  // namespace sonda
