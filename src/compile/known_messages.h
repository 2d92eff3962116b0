// What the compiler's messages mean to somebody who writes a probe.
#pragma once

#include <string>
#include <string_view>

namespace sonda {

/// What is between `before` and the next quote; empty if it is not there.
std::string_view quoted_behind(std::string_view text, std::string_view before);

/// A message, told in other words; what is empty (or 0) stays as the compiler has it.
struct KnownMessage {
  std::string cause, hint;
  int line = 0;  ///< of the user's text: where it comes from, if the compiler only names the function
};

/// What is known of `message`, which is about `line` of `source` (0 if unknown); `first` and `last` are the lines of
/// the function that it is in.
struct MessagePlace {
  int line = 0;
  int first = 0, last = 0;
};
KnownMessage known_message(std::string_view message, std::string_view source, const MessagePlace& place);

}  // namespace sonda
