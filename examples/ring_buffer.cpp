// A tracepoint and a ring buffer: every program that starts, as it starts.
//
//   $ ring_buffer 3         stops after three
//   PID       UID     NAME
//   4711      0       ls

#include <fmt/format.h>

#include <cstdlib>

#include "sonda/sonda.h"

struct Exec {
  std::uint64_t time;
  std::uint32_t pid, uid;
  char comm[16];
};
SONDA_LAYOUT(Exec, time, pid, uid, comm);

int main(int argc, char** argv) {
  try {
    int left = argc > 1 ? std::atoi(argv[1]) : 10;
    auto probe = sonda::Probe::open(EXAMPLE_PROBES "/execs.c");
    probe.open_events_as<Exec>("execs", [&](const Exec& event) {
      if (left-- <= 0) return;
      fmt::print("{:<8}  {:<6}  {:.16}\n", event.pid, event.uid, event.comm);
      std::fflush(stdout);
    });
    probe.attach_tracepoint("sched", "sched_process_exec", "on_exec");
    fmt::print("{:<8}  {:<6}  {}\n", "PID", "UID", "NAME");
    std::fflush(stdout);
    while (left > 0) probe.poll(1000);

    // What the program could not send, at which line, is counted without its help.
    probe.detach_all();
    for (const auto& loss : probe.ledger().losses) fmt::print("{}\n", to_string(loss));
  } catch (const sonda::Error& error) {
    fmt::print(stderr, "ring_buffer: {}\n", error.what());
    return static_cast<int>(error.exit());
  }
}
