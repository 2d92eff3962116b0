// What a privilege is worth in the namespaces that this process is in.
#pragma once

#include <string>

#include "kernel/namespaces.h"
#include "kernel/privilege.h"

namespace sonda::cli::doctor {

/// Whether this process has the capability, and it counts for the machine rather than for a user namespace.
bool counts(Capability capability);

/// How to get a privilege that is missing here.
std::string as_root();

}  // namespace sonda::cli::doctor
