// From a compiled module to an image.
#pragma once

#include <optional>

#include "compile/protocol.h"
#include "compile/worker/bcc_module.h"

namespace sonda {

/// The text handed to the compiler: the parameters as macros, the probe under its compiled name, then a declaration for
/// each `@event`, so that the struct's layout comes with the types.
std::string text_to_compile(const CompileRequest& request);

/// The parameters as macros. They stand in the text, not among the compiler's flags, so that one called `pid` does not
/// change the kernel's types.
std::string parameter_macros(const std::vector<Parameter>& parameters);

/// What BCC made of the probe's own text; empty if it did not come so far.
std::string_view rewritten_probe(const BccModule& module);

/// The error for what the object file that LLVM has just made uses and nobody defines, before LLVM ends the process
/// over it; nothing if it is not that.
std::optional<Error> undefined_in_object(const CompileRequest& request, const BccModule& module);

/// Throws Error(Stage::compile) if the module holds what cannot be an image: no program, a map that it did not define,
/// an address that BPF cannot have.
Image build_image(const CompileRequest& request, const BccModule& module);

}  // namespace sonda
