// The second of two functions with one name.
#include "calls.h"

namespace {

[[gnu::noinline]] long target_twin(long value) {
  target_variable = target_variable + 5;
  return value + 5;
}

}  // namespace

long other_twin(long value) { return target_twin(value); }
