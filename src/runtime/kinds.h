// What each program of a probe is loaded as.
#pragma once

#include "runtime/tail_calls.h"
#include "sonda/probe.h"

namespace sonda {

/// By where the file says to attach it, by who calls it, or else guessed by what it is given.
Kinds kinds_of(const Probe& probe);

/// What libbpf calls a type of programs ("kprobe"), or its number.
std::string type_name(bpf_prog_type type);

}  // namespace sonda
