// What Clang and LLVM print, as errors on the user's own lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sonda/error.h"
#include "sonda/image.h"

namespace sonda {

/// What a probe is called while it is compiled: a name without anything that a `#line` or a parser could trip over.
inline constexpr std::string_view compiled_name = "probe.c";

/// One message of the compiler.
struct Diagnostic {
  std::string file;
  int line = 0, column = 0;  ///< from 1; 0 if unknown
  std::string severity;      ///< "error", "warning", "note", "fatal error"
  std::string message;
  std::string function;              ///< which LLVM was at work on; its messages name lines of the rewritten text only
  std::vector<std::string> excerpt;  ///< the lines that follow it: source and caret
};

/// All messages in `output`; lines that belong to none are passed over.
std::vector<Diagnostic> parse_diagnostics(std::string_view output);

/// Whether it is about the probe itself.
bool in_probe(const Diagnostic& diagnostic);

/// Whether there is an error among them.
bool has_errors(std::string_view output);

/// The error for a failed compile of the probe called `name` with the text `source`: the first error gives subject and
/// cause, its source line and caret the excerpt, further errors follow there; `output` whole is kept as details.
/// `rewritten` is the text that BCC made of `source`, if it did.
Error compile_error(const std::string& name, std::string_view source, const std::string& output,
                    std::string_view rewritten = {});

/// The error for a compile that LLVM's back end gave up with `reason`, such as "Cannot select: ...", which names places
/// of `rewritten`.
Error back_end_error(const std::string& name, std::string_view source, const std::string& output,
                     std::string_view rewritten, std::string_view reason);

/// The warnings in `output` that are about the probe itself, on the lines of `source`, each once.
std::vector<Warning> warnings_in(std::string_view source, std::string_view output, std::string_view rewritten);

/// "FILE:LINE:COLUMN: warning: TEXT", then the line and a caret; each ends with a newline.
std::string warning_text(const std::string& name, std::string_view source, const Warning& warning);

/// The text with every mention of the folder of a compile's included files turned into the folder of the probe called
/// `name`. `folder` is the one that the compile was given.
std::string with_user_folder(std::string text, const std::string& folder, const std::string& name);

/// What is beside the probe while it is compiled: below the folder of a compile.
inline constexpr std::string_view included_folder = "included";

/// The text with every mention of the compiled name turned into `name`.
std::string with_user_name(std::string text, const std::string& name);

}  // namespace sonda
