#include "tools/pagefaultcount/counts.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/files.h"
#include "base/text.h"

namespace sonda::pagefaultcount {
namespace {

constexpr std::size_t kernel_name_length = 15;  // TASK_COMM_LEN without its NUL

Group group_of(const TaskOnCpu& task, Grouping by) {
  if (by == Grouping::task) return {task.tid, task.tgid, task.cpu, task.name, {}};
  if (by == Grouping::process) return {task.tgid, {}, {}, {}, {}};
  if (by == Grouping::name) return {{}, {}, {}, task.name, {}};
  return by == Grouping::cpu ? Group{{}, {}, task.cpu, {}, {}} : Group{};
}

auto identity(const Group& group) { return std::tie(group.pid, group.cpu, group.name, group.tgid); }

struct ByIdentity {
  bool operator()(const Group& a, const Group& b) const { return identity(a) < identity(b); }
};

/// The name that a process is shown under.
class NameOfProcess {
 public:
  void see(const TaskOnCpu& task, const Faults& faults) {
    auto& names = task.tid == task.tgid ? of_main_thread_ : of_others_;
    names[task.name] += faults.all();
  }
  std::string choose() const {
    const auto& names = of_main_thread_.empty() ? of_others_ : of_main_thread_;
    return std::ranges::max_element(names, {}, [](const auto& entry) { return entry.second; })->first;
  }

 private:
  std::map<std::string, std::uint64_t> of_main_thread_, of_others_;
};

void sort(std::vector<Group>& groups, Order order) {
  const auto weight = [order](const Group& group) {
    const auto& n = group.faults;
    return order == Order::minor ? n.min : order == Order::major ? n.maj : n.all();
  };
  std::ranges::sort(groups, [&](const Group& a, const Group& b) {
    if (weight(a) != weight(b)) return weight(a) > weight(b);
    if (a.faults.all() != b.faults.all()) return a.faults.all() > b.faults.all();
    return identity(a) < identity(b);
  });
}

}  // namespace

std::optional<Grouping> parse_grouping(std::string_view text) {
  constexpr std::string_view words[] = {"task", "process", "name", "cpu", "total"};
  const auto* found = std::ranges::find(words, text);
  return found == std::end(words) ? std::nullopt : std::optional(static_cast<Grouping>(found - words));
}

bool Filter::wants(const TaskOnCpu& task) const {
  const auto is_task = [&](std::uint32_t pid) { return pid == task.tgid || pid == task.tid; };
  if (!pids.empty() && std::ranges::none_of(pids, is_task)) return false;
  return !name || task.name == name->substr(0, kernel_name_length);
}

Summary summarize(const Counts& counts, const Filter& filter, Grouping by, Order order) {
  Summary summary;
  std::map<Group, Faults, ByIdentity> sums;
  std::map<std::uint32_t, NameOfProcess> names;
  if (by == Grouping::total) sums[Group{}];  // there also with no fault at all
  for (const auto& [task, faults] : counts) {
    if (faults.all() == 0) continue;
    if (!filter.wants(task)) {
      summary.filtered_out += faults;
      continue;
    }
    summary.shown += faults;
    sums[group_of(task, by)] += faults;
    if (by == Grouping::process) names[task.tgid].see(task, faults);
  }
  for (const auto& [group, faults] : sums) {
    summary.groups.push_back(group);
    summary.groups.back().faults = faults;
    if (by == Grouping::process) summary.groups.back().name = names[*group.pid].choose();
  }
  sort(summary.groups, order);
  return summary;
}

void Tally::take(const Counts& reading) {
  for (const auto& [task, faults] : reading) {
    auto& known = all_[task];
    known.min = std::max(known.min, faults.min);
    known.maj = std::max(known.maj, faults.maj);
  }
}

Counts Tally::news() {
  Counts news;
  for (const auto& [task, faults] : all_) {
    auto& told = told_[task];
    const Faults least{std::max(faults.min, told.min), std::max(faults.maj, told.maj)};
    const Faults delta{least.min - told.min, least.maj - told.maj};
    if (delta.all() == 0) continue;
    news.emplace(task, delta);
    told = least;
  }
  return news;
}

std::optional<Faults> faults_in_stat(std::string_view text) {
  const auto name_end = text.rfind(')');  // a name may have blanks and brackets of its own
  if (name_end == text.npos) return std::nullopt;
  // Behind the name: state, ppid, pgrp, session, tty_nr, tpgid, flags, minflt, cminflt, majflt.
  constexpr std::size_t minor = 7, major = 9;
  std::array<std::string_view, major + 1> fields{};
  auto rest = trim(text.substr(name_end + 1));
  for (auto& field : fields) {
    const auto end = rest.find(' ');
    field = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
  }
  const auto min = parse_u64(fields[minor]), maj = parse_u64(fields[major]);
  if (!min || !maj) return std::nullopt;
  return Faults{*min, *maj};
}

std::optional<Faults> FirstProcess::now() {
  const auto text = try_read_file("/proc/1/stat");
  return text ? faults_in_stat(*text) : std::nullopt;
}

Faults FirstProcess::so_far() const {
  const auto after = now();
  if (!before_ || !after) return {};
  return {after->min - before_->min, after->maj - before_->maj};
}

}  // namespace sonda::pagefaultcount
