#include "cli/learn/trial.h"

#include <fmt/format.h>

#include "front/attach_plan.h"

namespace sonda::learn {

Probe& Trial::open_file(const std::filesystem::path& file, pid_t process) {
  auto options = what_.open;
  options.process = process;
  options.maps = maps_;
  return probes_.emplace_back(Probe::open(ProbeSource::open(file.string()), options));
}

void Trial::attach(Probe& probe, pid_t process) {
  std::vector<std::string> notes;
  probe.attach(front::attach_plan(probe, {}, process, notes));
}

Probe& Trial::watch(std::function<void()> work) {
  Worker worker(std::move(work));
  auto& probe = open(worker.pid());
  attach(probe, worker.pid());
  worker.work();
  return probe;
}

void Trial::wrong_figure(Finding finding) {
  ++figures_;
  wrong(std::move(finding));
}

void Trial::expect_figure(const std::string& what, std::uint64_t expected, std::uint64_t found, std::string hint) {
  if (expected == found) return;
  wrong_figure({.text = what + (found == 0         ? " are not counted"
                                : found < expected ? " are too few"
                                                   : " are too many"),
                .expected = with_commas(expected),
                .found = with_commas(found),
                .hint = std::move(hint)});
}

std::string with_commas(std::uint64_t number) {
  auto digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  return digits;
}

std::string counted(std::uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", with_commas(number), noun, number == 1 ? "" : "s");
}

}  // namespace sonda::learn
