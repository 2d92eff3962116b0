// The notation of attach points, read where an error can be put at the wrong word.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "sonda/attach_point.h"
#include "sonda/error.h"

namespace sonda {

/// Makes the error for what is wrong `offset` bytes into the text that is being read.
using Complain = std::function<Error(std::size_t offset, std::string cause, std::string hint)>;

/// Throws what `complain` makes.
AttachPoint read_attach_point(std::string_view text, const Complain& complain);

}  // namespace sonda
