// A function in a shared library.
#include "calls.h"

long target_library(long value) { return value + 6; }
