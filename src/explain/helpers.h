// The kernel's helpers, as its own documentation has them.
#pragma once

#include <string_view>
#include <vector>

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

/// The parameters, from the signature: "const void *key" etc.
std::vector<std::string_view> parameters_of(const Helper& helper);

}  // namespace sonda
