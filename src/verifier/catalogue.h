// The verifier's common rejections, in plain words.
#pragma once

#include <span>
#include <string_view>

namespace sonda {

/// One way in which the verifier says no.
struct Rejection {
  std::string_view name;         ///< ours; older and newer wordings of one kind share it
  std::string_view pattern;      ///< parts of its message in their order, `*` between them
  std::string_view explanation;  ///< what it means, one clause
  std::string_view hint;         ///< what the verifier asks for: no change, which would have to be tried
};

/// All that are known, the more specific before the more general.
std::span<const Rejection> rejections();

/// The first one whose pattern `message` fits; none if it is not a common one.
const Rejection* find_rejection(std::string_view message);

}  // namespace sonda
