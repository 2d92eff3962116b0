// The probe's variables, as the user declared them.
#pragma once

#include <string_view>

namespace llvm {
class Module;
}

namespace sonda {

/// What the variables of the probe are annotated with while Clang compiles it. Its optimizer would take variables apart
/// that nobody outside of the file sees, and make them smaller; of one with an annotation it knows not who sees it.
inline constexpr std::string_view variable_annotation = "sonda";

/// Between Clang and the optimizer that libbcc runs: takes the annotations away. Variables that programs write to keep
/// their names, types and sizes; one that is only read may become a constant.
void keep_variables(llvm::Module& module);

}  // namespace sonda
