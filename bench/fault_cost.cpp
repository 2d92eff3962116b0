// What one minor page fault costs in the program of pagefaultcount, in the report's own, and in one that does nothing:
// run time by the kernel's own statistics (BPF_ENABLE_STATS), which include its reading the clock twice. The programs
// take turns, on one CPU, on the same faults; each figure is the median of its turns.
//
//   fault_cost [FAULTS [TURNS]]
#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "sonda/error.h"
#include "sonda/probe.h"

namespace {

using sonda::Probe;

constexpr char empty_probe[] = R"(
#include <uapi/linux/bpf_perf_event.h>
int page_minflt(struct bpf_perf_event_data *ctx) { return 0; }
)";

struct Candidate {
  std::string name;
  Probe probe;
  const sonda::Program* program = nullptr;
  std::vector<double> nanoseconds{};
};

struct RunTime {
  double nanoseconds, runs;
};

RunTime run_time(const sonda::Program& program) {
  bpf_prog_info info{};
  __u32 size = sizeof info;
  if (bpf_obj_get_info_by_fd(program.fd(), &info, &size) != 0)
    throw sonda::Error(sonda::Stage::read, program.name(), "no statistics of the program");
  return {static_cast<double>(info.run_time_ns), static_cast<double>(info.run_cnt)};
}

void fault(std::size_t count) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* area =
      ::mmap(nullptr, count * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (area == MAP_FAILED) throw sonda::Error(sonda::Stage::read, "the faults", "no memory for them");
  ::madvise(area, count * page, MADV_NOHUGEPAGE);
  for (std::size_t i = 0; i < count; ++i) static_cast<volatile char*>(area)[i * page] = 1;
  ::munmap(area, count * page);
}

void take_turn(Candidate& candidate, std::size_t faults) {
  auto& link = candidate.probe.attach_perf_event(sonda::software::page_faults_min, "page_minflt", sonda::every(1));
  const auto before = run_time(*candidate.program);
  fault(faults);
  const auto after = run_time(*candidate.program);
  link.detach();
  candidate.nanoseconds.push_back((after.nanoseconds - before.nanoseconds) / (after.runs - before.runs));
}

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + values.size() / 2);
  return values[values.size() / 2];
}

void stay_on_one_cpu() {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(::sched_getcpu(), &one);
  ::sched_setaffinity(0, sizeof one, &one);
}

void measure(std::size_t faults, int turns) {
  const sonda::UniqueFd statistics(bpf_enable_stats(BPF_STATS_RUN_TIME));
  if (!statistics) throw sonda::Error(sonda::Stage::kernel, "BPF_ENABLE_STATS", "not permitted, or not known");
  std::vector<Candidate> candidates;
  candidates.push_back({"an empty program", Probe::open(sonda::ProbeSource::from_text("empty.c", empty_probe))});
  candidates.push_back({"the report's", Probe::open("pagefaultcount_classic")});
  candidates.push_back({"pagefaultcount's", Probe::open("pagefaultcount")});
  for (auto& candidate : candidates)
    candidate.program = &candidate.probe.loaded().program("page_minflt", BPF_PROG_TYPE_PERF_EVENT);
  stay_on_one_cpu();
  for (int i = 0; i < turns; ++i)
    for (auto& candidate : candidates) take_turn(candidate, faults);

  const double empty = median(candidates[0].nanoseconds), report = median(candidates[1].nanoseconds);
  for (const auto& [name, probe, program, nanoseconds] : candidates) {
    const double cost = median(nanoseconds);
    fmt::print(
        "{:<18} {:7.1f} ns a fault {:7.1f} ns without the empty program {:5.2f} of the report's {:5.2f} without\n",
        name, cost, cost - empty, cost / report, (cost - empty) / (report - empty));
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    measure(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100'000, argc > 2 ? std::atoi(argv[2]) : 15);
  } catch (const sonda::Error& error) {
    fmt::print(stderr, "fault_cost: {}\n", error.what());
    return static_cast<int>(error.exit());
  }
}
