// A compile for nothing, so that the next one finds everything in its place.
#pragma once

#include <string>

namespace sonda {

/// Compiles a small probe that has what most have: a process compiles its second probe in half the time of the first.
/// `cache` is the user's folder, or empty. Whatever happens is of no consequence; nothing of what was printed is left,
/// nothing on the disk but a cached header, and no map was in the kernel.
void rehearse(const std::string& cache);

}  // namespace sonda
