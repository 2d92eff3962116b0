// A probe file from what was recorded of a tool.
#pragma once

#include <string>
#include <vector>

#include "cli/import/recording.h"
#include "cli/import/shows.h"

namespace sonda::cli {

/// Where a recording came from.
struct Provenance {
  std::string tool;                    ///< its name, as `sonda bcc` has it
  std::string about;                   ///< what its own comment says of it; may be empty
  std::string path;                    ///< of its file
  std::string options;                 ///< of `sonda import` itself, by which the file would be another; may be empty
  std::vector<std::string> arguments;  ///< with which it was run
  std::string package;                 ///< and its version; empty if unknown
};

/// What a text needs beside its C.
struct ProbeLines {
  std::vector<RecordedAttach> attached;  ///< those that need an `@attach`: their function's name does not say it
  std::vector<std::string> top;          ///< lines for the top of the file: `@param`, `@tailcall`
  std::vector<std::string> left;         ///< what is not taken over
};

/// What of the recording has a notation, and what is left. `others` is how many texts that attach something were
/// passed over.
ProbeLines probe_lines(const RecordedText& text, std::size_t others);

/// The file: a comment that says all that, the lines, the C. Nothing of what came from outside can end a comment or
/// begin an `@` line of its own.
std::string probe_text(const Provenance& from, const RecordedText& text, const ProbeLines& lines,
                       const std::vector<FieldShow>& shows);

}  // namespace sonda::cli
