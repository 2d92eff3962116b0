// Changes that may satisfy the verifier, tried before they are told.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "sonda/compile.h"
#include "sonda/error.h"
#include "sonda/loaded_image.h"
#include "sonda/probe_source.h"
#include "sonda/program.h"
#include "verifier/suggestion.h"

namespace sonda {

/// A program that the verifier refused. All of it is borrowed.
struct RefusedProgram {
  const LoadedImage& loaded;      ///< what it is of
  const ProbeSource& source;      ///< what that was compiled from
  const CompileOptions& options;  ///< and how
  std::string_view function;
  const ProgramKind& kind;
};

/// The first change, of those that may help against `refusal`, with which the probe compiles and the kernel takes the
/// program, and those that it had taken before; nothing if there is none that is found within `budget`. Each is made in
/// a copy of the probe, which is loaded with the maps that are there, attached nowhere, and gone again. Never throws.
std::optional<Suggestion> find_change(const RefusedProgram& program, const Error& refusal,
                                      std::chrono::milliseconds budget) noexcept;

/// `refusal` with such a change for a hint, if there is one. One that is not the verifier's is given back as it is.
Error with_tried_change(const RefusedProgram& program, Error refusal, std::chrono::milliseconds budget) noexcept;

}  // namespace sonda
