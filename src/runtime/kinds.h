// What each program of a probe is loaded as.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sonda/image.h"
#include "sonda/probe.h"
#include "sonda/program.h"

namespace sonda {

/// Functions and what they are loaded as.
using Kinds = std::map<std::string, ProgramKind>;

/// Adds to `kinds`, which holds the functions that are attached, those that they reach by `calls`: a function that is
/// called is of its caller's kind, since the kernel wants them alike. Throws Error(Stage::load) for a function that the
/// image lacks.
void add_reached_functions(Kinds& kinds, const Image& image, const std::vector<TailCall>& calls);
/// The same, and those that nobody reaches, whose kind is guessed.
void add_called_functions(Kinds& kinds, const Image& image, const std::vector<TailCall>& calls);

/// By where the file says to attach it, by who calls it, or else guessed by what it is given.
Kinds kinds_of(const Probe& probe);

/// What libbpf calls a type of programs ("kprobe"), or its number.
std::string type_name(bpf_prog_type type);

/// The struct that the first parameter of the program points to, "pt_regs"; empty if it is none.
std::string context_of(const Image& image, const ProgramSpec& program);

/// By the type of its first parameter: `struct pt_regs *` is a kprobe's, `struct xdp_md *` an XDP program's, ... A
/// kprobe if that says nothing.
ProgramKind guess_kind(const Image& image, const ProgramSpec& program);

}  // namespace sonda
