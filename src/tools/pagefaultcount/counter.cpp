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

/// The maps that are read, and of whose image they are.
class Maps {
 public:
  /// Of those, only the ones that are named; all of them without names. Borrows both.
  explicit Maps(const LoadedImage& loaded, const std::vector<std::string>* only = nullptr)
      : loaded_(loaded), only_(only) {}

  bool has(std::string_view name) const { return only_ == nullptr || std::ranges::find(*only_, name) != only_->end(); }
  template <class Key, class Value>
  std::vector<std::pair<Key, Value>> items(std::string_view name) const {
    if (!has(name)) return {};
    return Table(loaded_.map(name)).items<Key, Value>();
  }
  /// Of a per-CPU array of one element.
  template <class Value>
  std::vector<Value> on_each_cpu(std::string_view name) const {
    auto found = items<std::uint32_t, std::vector<Value>>(name);
    return found.empty() ? std::vector<Value>() : std::move(found.front().second);
  }

 private:
  const LoadedImage& loaded_;
  const std::vector<std::string>* only_;
};

/// What each CPU has not yet written back. One that is about to is asked again; it needs less than a microsecond.
std::vector<Latest> read_latest(const Maps& maps) {
  constexpr int tries = 1000;
  std::vector<Latest> whole(possible_cpus());
  for (int i = 0; i < tries; ++i) {
    const auto seen = maps.on_each_cpu<Latest>("latest_task");
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
Reading read_cached(const Maps& maps) {
  Reading reading;
  for (const auto& [key, faults] : maps.items<TaskKey, Faults>("tasks")) reading.counts[task_of(key)] += faults;
  for (const auto& latest : read_latest(maps))
    if (latest.faults.all() != 0) reading.counts[task_of(latest.task)] += latest.faults;
  for (const auto& faults : maps.on_each_cpu<Faults>("refused")) reading.refused += faults;
  return reading;
}

Reading read_classic(const Maps& maps) {
  Reading reading;
  const auto task_of_key = [](const ClassicKey& key) {
    return TaskOnCpu{key.pid, 0, static_cast<std::uint32_t>(key.cpu), name_in(key.comm)};
  };
  for (const auto& [key, n] : maps.items<ClassicKey, std::uint64_t>("minflt_table"))
    reading.counts[task_of_key(key)].min += n;
  for (const auto& [key, n] : maps.items<ClassicKey, std::uint64_t>("majflt_table"))
    reading.counts[task_of_key(key)].maj += n;
  return reading;
}

template <class Key, class Value>
void require(const LoadedImage& loaded, std::string_view name) {
  const auto& spec = loaded.map(name).spec();
  require_layout<Key>(spec.key, spec.name, "key");
  require_layout<Value>(spec.value, spec.name, "value");
}

void require_layouts(const LoadedImage& loaded, bool classic) {
  if (classic) {
    require<ClassicKey, std::uint64_t>(loaded, "minflt_table");
    return require<ClassicKey, std::uint64_t>(loaded, "majflt_table");
  }
  require<TaskKey, Faults>(loaded, "tasks");
  require<std::uint32_t, Latest>(loaded, "latest_task");
  require<std::uint32_t, Faults>(loaded, "refused");
}

CountedPerfEvent counted(Probe& probe, const char* function, PerfEventId event, const Settings& settings) {
  const auto& program = probe.program(function, BPF_PROG_TYPE_PERF_EVENT);
  return {program, PerfEvent{.event = event, .sampling = settings.sampling()}};
}

}  // namespace

Counter::Counter(Probe probe, const Settings& settings)
    : classic_(settings.classic),
      probe_(std::move(probe)),
      minor_(counted(probe_, "page_minflt", software::page_faults_min, settings)),
      major_(counted(probe_, "page_majflt", software::page_faults_maj, settings)) {}

Reading& Reading::operator+=(const Reading& other) {
  for (const auto& [task, faults] : other.counts) counts[task] += faults;
  refused += other.refused;
  return *this;
}

void Counter::enable() {
  minor_.enable();
  major_.enable();
}

void Counter::disable() noexcept {
  minor_.disable();
  major_.disable();
}

Reading Counter::read() const {
  const Maps maps(probe_.loaded());
  auto reading = classic_ ? read_classic(maps) : read_cached(maps);
  reading += before_;
  return reading;
}

ReloadOptions Counter::reload_options() {
  ReloadOptions options;
  options.check = [this](const ProbeSource&, const LoadedImage& next) { require_layouts(next, classic_); };
  options.retired = [this](const LoadedImage& before, const std::vector<std::string>& gone) {
    const Maps maps(before, &gone);
    before_ += classic_ ? read_classic(maps) : read_cached(maps);
  };
  return options;
}

}  // namespace sonda::pagefaultcount
