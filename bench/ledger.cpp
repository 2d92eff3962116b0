// What the counting of failed calls costs while none fails: each probe as `sonda run` loads it and the same without the
// counting, by turns, on one CPU, run by the kernel itself (BPF_PROG_TEST_RUN). Each figure is the median of its turns.
//
//   ledger [TURNS [RUNS]]
#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <vector>

#include "runtime/load_program.h"
#include "sonda/error.h"
#include "sonda/probe.h"

namespace {

constexpr int calls = 64;        // of the helper, one after the other, in each run
constexpr int most_runs = 2000;  // of those that send: 16 bytes for each call in a ring buffer of 4 MiB

struct Case {
  const char* name;
  std::string maps, call;
};

std::string probe_of(const Case& one) {
  return one.maps + "\nint f(struct xdp_md *ctx) {\n  u64 value = 1;\n  u32 key = 0;\n" +
         fmt::format("#pragma unroll\n  for (int i = 0; i < {}; i++) {{\n    {}\n  }}\n  return XDP_PASS;\n}}\n", calls,
                     one.call);
}

/// Nanoseconds of one run.
double run_time(int program, int runs) {
  std::array<char, 64> packet{};
  LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet.data(), .data_size_in = packet.size(), .repeat = runs);
  if (bpf_prog_test_run_opts(program, &options) != 0)
    throw sonda::system_error(sonda::Stage::read, "f", "running the program", errno);
  return options.duration;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void measure(const Case& one, int turns, int runs) {
  auto probe = sonda::Probe::open(sonda::ProbeSource::from_text("ledger.c", probe_of(one)));
  const sonda::ProgramKind kind(BPF_PROG_TYPE_XDP, BPF_XDP);
  const auto& counted = probe.program("f", kind);
  if (!probe.loaded().uncounted().empty())
    throw sonda::Error(sonda::Stage::load, one.name, "the kernel takes it only without the counting");
  const auto& spec = probe.image().program("f");
  const auto btf = sonda::load_btf(probe.image().btf);
  const auto plain =
      sonda::load_program(probe.image(), spec, kind, sonda::with_maps(spec, probe.loaded().maps()), btf.get());
  // What is sent, or given up, takes room until it is read: no turn may fill the buffer.
  sonda::EventReader* reader = nullptr;
  if (one.maps.find("RINGBUF") != std::string::npos) {
    reader = &probe.open_events("ring", [](const sonda::Event&) {});
    runs = std::min(runs, most_runs);
  }
  const auto turn = [&](int program) {
    const auto time = run_time(program, runs);
    if (reader != nullptr) reader->drain();
    return time;
  };
  std::vector<double> with, without;
  for (int i = 0; i < turns; ++i) {
    with.push_back(turn(counted.fd()));
    without.push_back(turn(plain.get()));
  }
  if (!probe.ledger().lossless()) throw sonda::Error(sonda::Stage::read, one.name, sonda::summary(probe.ledger()));
  fmt::print("{:<22} {:>8.2f} ns a call without, {:>8.2f} ns with, difference {:>6.2f} ns\n", one.name,
             median(without) / calls, median(with) / calls, (median(with) - median(without)) / calls);
}

}  // namespace

int main(int argc, char** argv) {
  const int turns = argc > 1 ? std::max(std::atoi(argv[1]), 1) : 41;
  const int runs = argc > 2 ? std::max(std::atoi(argv[2]), 1) : 20000;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(::sched_getcpu(), &one);
  ::sched_setaffinity(0, sizeof one, &one);
  try {
    measure({"update of an array", "BPF_ARRAY(map, u64, 1);", "map.update(&key, &value);"}, turns, runs);
    measure({"update of a hash", "BPF_HASH(map, u32, u64, 16);", "map.update(&key, &value);"}, turns, runs);
    measure({"read of 8 bytes", "BPF_ARRAY(map, u64, 1);",
             "u64 *at = map.lookup(&key); if (at) bpf_probe_read_kernel(&value, sizeof(value), at);"},
            turns, runs);
    measure({"ring buffer, reserve", "BPF_RINGBUF_OUTPUT(ring, 1024);",
             "u64 *place = ring.ringbuf_reserve(8); if (place) ring.ringbuf_discard(place, BPF_RB_NO_WAKEUP);"},
            turns, runs);
    measure({"ring buffer, output", "BPF_RINGBUF_OUTPUT(ring, 1024);",
             "ring.ringbuf_output(&value, sizeof(value), BPF_RB_NO_WAKEUP);"},
            turns, runs);
  } catch (const sonda::Error& error) {
    fmt::print(stderr, "ledger: {}\n", error.what());
    return static_cast<int>(error.exit());
  }
}
