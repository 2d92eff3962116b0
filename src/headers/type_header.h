// A selection of kernel types written as C.
#pragma once

#include <string>

#include "headers/type_selection.h"

namespace sonda {

/// C declarations of all that is selected, laid out as the kernel has it. Types whose tags the request says are defined
/// elsewhere are only declared, or get another name where their size matters.
/// Throws Error(Stage::kernel) if libbpf cannot write them.
std::string write_types(const btf& btf, const TypeSelection& selection, const TypeRequest& request);

}  // namespace sonda
