// Calls functions so many times, for probes on them.
//
//   calls [--first N] [--second N] [--library N] [--threads T] [--wait-for-newline]
//
// Every one of T threads makes N calls of target_first, target_second and target_library.
#include <thread>
#include <vector>

#include "calls.h"
#include "target.h"

volatile long target_variable = 0;

long target_first(long value) {
  target_variable = target_variable + 1;
  return value + 1;
}

long target_second(long value) {
  target_variable = target_variable + 2;
  return value + 2;
}

namespace {

// There is another function of this name in calls_twin.cpp: the name alone does not say which one is meant.
[[gnu::noinline]] long target_twin(long value) {
  target_variable = target_variable + 3;
  return value + 3;
}

long implementation(long value) { return value + 4; }

}  // namespace

extern "C" {
using Implementation = long (*)(long);
Implementation choose_implementation() { return implementation; }
[[gnu::ifunc("choose_implementation")]] long target_chosen(long value);
}

int main(int argc, char** argv) {
  const long first = target::option(argc, argv, "--first", 0);
  const long second = target::option(argc, argv, "--second", 0);
  const long library = target::option(argc, argv, "--library", 0);
  const long threads = target::option(argc, argv, "--threads", 1);
  target::handshake(argc, argv);
  std::vector<std::jthread> crew;
  for (long i = 0; i < threads; ++i) {
    crew.emplace_back([=] {
      long sum = target_twin(0) + other_twin(0) + target_chosen(0);
      for (long n = 0; n < first; ++n) sum = target_first(sum);
      for (long n = 0; n < second; ++n) sum = target_second(sum);
      for (long n = 0; n < library; ++n) sum = target_library(sum);
      target_variable = sum;
    });
  }
  crew.clear();
  std::puts("done");
  target::farewell(argc, argv);
}
