// No exception leaves a function that Python calls.
#pragma once

#include <cstdio>
#include <exception>

namespace sonda::bcc {

/// What `body` returns, or `otherwise` after it said on the standard error why not.
template <class Result, class Body>
Result recorded(Result otherwise, const Body& body) noexcept {
  try {
    return body();
  } catch (const std::exception& error) {
    std::fputs(error.what(), stderr);
    std::fputs("\n", stderr);
  }
  return otherwise;
}

}  // namespace sonda::bcc
