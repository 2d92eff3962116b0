// The error that something gives.
#pragma once

#include <stdexcept>

#include "sonda/error.h"
#include "support/catch.h"

namespace sonda::test {

/// The error that `action` throws; the test fails if there is none.
template <class Action>
Error error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  FAIL("it worked");
  throw std::logic_error("not reached");
}

}  // namespace sonda::test
