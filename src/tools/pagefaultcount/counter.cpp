#include "tools/pagefaultcount/counter.h"

#include <linux/bpf.h>

#include <algorithm>
#include <vector>

#include "sonda/layout.h"

namespace sonda::pagefaultcount {
namespace {

// As probes/pagefaultcount.c has them.
struct TaskKey {
  std::uint32_t tid = 0, tgid = 0;
  char comm[16] = {};
  std::uint32_t cpu = 0, unused = 0;
};
struct Latest {
  std::uint64_t changes_done = 0;
  TaskKey task;
  Faults faults;
  std::uint64_t changes_begun = 0;
};

// As probes/pagefaultcount_classic.c has it.
struct ClassicKey {
  std::uint32_t pid;
  std::uint64_t cpu;
  char comm[16];
};

}  // namespace
}  // namespace sonda::pagefaultcount

SONDA_LAYOUT(sonda::pagefaultcount::Faults, min, maj);
SONDA_LAYOUT(sonda::pagefaultcount::TaskKey, tid, tgid, comm, cpu, unused);
SONDA_LAYOUT(sonda::pagefaultcount::Latest, changes_done, task, faults, changes_begun);
SONDA_LAYOUT(sonda::pagefaultcount::ClassicKey, pid, cpu, comm);

namespace sonda::pagefaultcount {
namespace {

template <std::size_t size>
std::string name_in(const char (&comm)[size]) {
  return {comm, std::find(comm, comm + size, '\0')};
}

TaskOnCpu task_of(const TaskKey& key) { return {key.tid, key.tgid, key.cpu, name_in(key.comm)}; }

/// A per-CPU array of one element.
template <class Value>
std::vector<Value> on_each_cpu(const Probe& probe, std::string_view table) {
  auto items = probe.table(table).items<std::uint32_t, std::vector<Value>>();
  return items.empty() ? std::vector<Value>() : std::move(items.front().second);
}

/// What each CPU has not yet written back. One that is about to is asked again; it needs less than a microsecond.
std::vector<Latest> read_latest(const Probe& probe) {
  constexpr int tries = 1000;
  std::vector<Latest> whole(possible_cpus());
  for (int i = 0; i < tries; ++i) {
    const auto seen = on_each_cpu<Latest>(probe, "latest_task");
    bool all_whole = true;
    for (std::size_t cpu = 0; cpu < seen.size() && cpu < whole.size(); ++cpu)
      if (seen[cpu].changes_done == seen[cpu].changes_begun)
        whole[cpu] = seen[cpu];
      else
        all_whole = false;
    if (all_whole) break;
  }
  return whole;
}

/// The hash before the arrays: what moves from one to the other between the two is then missed, not counted twice.
Reading read_cached(const Probe& probe) {
  Reading reading;
  for (const auto& [key, faults] : probe.table("tasks").items<TaskKey, Faults>())
    reading.counts[task_of(key)] += faults;
  for (const auto& latest : read_latest(probe))
    if (latest.faults.all() != 0) reading.counts[task_of(latest.task)] += latest.faults;
  for (const auto& faults : on_each_cpu<Faults>(probe, "refused")) reading.refused += faults;
  return reading;
}

Reading read_classic(const Probe& probe) {
  Reading reading;
  const auto task_of_key = [](const ClassicKey& key) {
    return TaskOnCpu{key.pid, 0, static_cast<std::uint32_t>(key.cpu), name_in(key.comm)};
  };
  for (const auto& [key, n] : probe.table("minflt_table").items<ClassicKey, std::uint64_t>())
    reading.counts[task_of_key(key)].min += n;
  for (const auto& [key, n] : probe.table("majflt_table").items<ClassicKey, std::uint64_t>())
    reading.counts[task_of_key(key)].maj += n;
  return reading;
}

CountedPerfEvent counted(Probe& probe, const char* function, PerfEventId event, const Settings& settings) {
  const auto& program = probe.loaded().program(function, BPF_PROG_TYPE_PERF_EVENT);
  return {program, PerfEvent{.event = event, .sampling = settings.sampling()}};
}

}  // namespace

Counter::Counter(Probe probe, const Settings& settings)
    : classic_(settings.classic),
      probe_(std::move(probe)),
      minor_(counted(probe_, "page_minflt", software::page_faults_min, settings)),
      major_(counted(probe_, "page_majflt", software::page_faults_maj, settings)) {}

void Counter::enable() {
  minor_.enable();
  major_.enable();
}

void Counter::disable() noexcept {
  minor_.disable();
  major_.disable();
}

Reading Counter::read() const { return classic_ ? read_classic(probe_) : read_cached(probe_); }

Faults Counter::kernel_count() const { return {minor_.kernel_count(), major_.kernel_count()}; }

}  // namespace sonda::pagefaultcount
