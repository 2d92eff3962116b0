// The functions that the program `calls` calls.
#pragma once

extern "C" {
[[gnu::noinline]] long target_first(long value);
[[gnu::noinline]] long target_second(long value);
/// In libcalls.so.
[[gnu::noinline]] long target_library(long value);
extern volatile long target_variable;
}

long other_twin(long value);
