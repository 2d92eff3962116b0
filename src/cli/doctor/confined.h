// A check in a process of its own: whatever it does, hangs or crashes, ends with it.
#pragma once

#include "cli/doctor/check.h"

namespace sonda::cli::doctor {

/// Runs the check in a child process and gives its finding: `broken` if the child crashed, or did not answer within the
/// check's limit and was ended. What it attached or made is gone with the child. Only for a process with one thread.
/// Throws Error with Exit::interrupted if a signal asks us to stop meanwhile.
Finding run_confined(const Check& check);

}  // namespace sonda::cli::doctor
