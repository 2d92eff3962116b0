// A text with one place changed.
#pragma once

#include <string>

#include "support/catch.h"

namespace sonda::test {

/// `text` with `to` where `from` stood first; the test fails if it stands nowhere.
inline std::string with(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != text.npos);
  return text.replace(at, from.size(), to);
}

}  // namespace sonda::test
