// A rejection, told on the user's own line.
#pragma once

#include <string>

#include "sonda/error.h"
#include "sonda/image.h"
#include "verifier/log.h"

namespace sonda {

/// The line of the user's file that `instruction` belongs to; nullptr if it is not known.
const LineRecord* line_of(const ProgramSpec& spec, int instruction);

/// Error(Stage::verify): the user's file and line, the verifier's reason, the source line with a caret and what the
/// reason means, for a hint what the verifier asks for, and `log` as the details. No change is named: none was tried.
Error verifier_error(const Image& image, const ProgramSpec& spec, const VerifierReport& report, std::string log);

}  // namespace sonda
