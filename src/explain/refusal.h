// A rejection, as part of an explanation.
#pragma once

#include "sonda/error.h"
#include "sonda/explanation.h"
#include "sonda/image.h"

namespace sonda {

/// `error` is what loading the program threw; its details are the verifier's log, its hint is a change if one was
/// tried.
RefusalExplanation explain_refusal(const Image& image, const ProgramSpec& program, const Error& error);

}  // namespace sonda
