// The kernel's helpers, as its own documentation has them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sonda/image.h"

namespace sonda {

struct Helper {
  int number = 0;              ///< enum bpf_func_id
  std::string_view name;       ///< "bpf_map_lookup_elem"
  std::string_view signature;  ///< "void *bpf_map_lookup_elem(void *map, const void *key)"
  std::string_view summary;    ///< the first sentence of what it does; may be empty
  std::string_view returns;    ///< likewise of what it gives
};

/// Null for one that is newer than the headers this was built with.
const Helper* find_helper(int number);

/// The helpers that the program calls, each once, in the order of their numbers: "map_lookup_elem", or "helper 300" for
/// one that find_helper() does not know.
std::vector<std::string> called_helpers(const ProgramSpec& program);

/// The parameters, from the signature: "const void *key" etc.
std::vector<std::string_view> parameters_of(const Helper& helper);

}  // namespace sonda
