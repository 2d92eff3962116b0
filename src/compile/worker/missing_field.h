// An error about a field that is not there, with the fields that are.
#pragma once

#include <filesystem>

#include "sonda/error.h"

namespace sonda {

/// `error` of the compiler, with the names that the kernel has (by its BTF; of the running one, if `btf` is empty) for
/// a hint, if it is about a field of a tracepoint or of one of the kernel's structs, or about a tracepoint that is not
/// there. Any other is given back as it is. Never throws.
Error with_fields_there(Error error, const std::filesystem::path& btf) noexcept;

}  // namespace sonda
