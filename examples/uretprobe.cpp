// A uretprobe: what does a function of a program return, and how often?
//
//   $ uretprobe /bin/bash all_digits 10      counts for ten seconds, in all processes
//   RETURNED              TIMES
//   0                     12
//   1                     3

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "sonda/sonda.h"

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: uretprobe BINARY SYMBOL SECONDS\n");
    return 2;
  }
  try {
    auto probe = sonda::Probe::open(EXAMPLE_PROBES "/returns.c");
    probe.attach_uretprobe(argv[1], argv[2], "on_return");
    fmt::print("counting\n");
    std::fflush(stdout);
    std::this_thread::sleep_for(std::chrono::duration<double>(std::atof(argv[3])));
    probe.detach_all();

    fmt::print("{:<20}  {}\n", "RETURNED", "TIMES");
    for (const auto& [value, times] : probe.table("returned").items<std::uint64_t, std::uint64_t>())
      fmt::print("{:<20}  {}\n", static_cast<std::int64_t>(value), times);
  } catch (const sonda::Error& error) {
    fmt::print(stderr, "uretprobe: {}\n", error.what());
    return static_cast<int>(error.exit());
  }
}
