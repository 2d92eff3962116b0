// A student's probe on trial: opened, attached, looked at; and what was found wrong with it.
#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/learn/workload.h"
#include "sonda/error.h"
#include "sonda/probe.h"

namespace sonda::learn {

/// One thing that is wrong.
struct Finding {
  std::string text;             ///< a clause or two, in plain words
  std::string expected, found;  ///< figures; empty where there are none
  std::string hint;
  std::uint32_t line = 0;        ///< of the student's file; 0: no line
  std::optional<Error> refusal;  ///< where the compiler, the kernel or an attach point said no
};

/// What a check is given, and what it tells. A check throws nothing but Error; those of the student's probe become
/// findings.
class Trial {
 public:
  struct What {
    std::filesystem::path probe;    ///< the student's file
    std::filesystem::path start;    ///< what the lesson begins with, to compare with
    std::filesystem::path partner;  ///< the lesson's other probe; empty if there is none
    OpenOptions open;
    std::uint64_t seed = 0;
  };
  explicit Trial(What what) : what_(std::move(what)), random_(what_.seed) {}

  Random& random() noexcept { return random_; }

  /// The student's probe, compiled, with its maps in the kernel; `$PID` in it is `process`.
  Probe& open(pid_t process) { return open_file(what_.probe, process); }
  Probe& open_start(pid_t process) { return open_file(what_.start, process); }
  /// The lesson's other probe, in the same run.
  Probe& open_partner(pid_t process) { return open_file(what_.partner, process); }
  /// Attaches what the file says, limited to `process` where a point can be.
  static void attach(Probe& probe, pid_t process);

  /// All of that in turn, while a process of its own does `work`.
  Probe& watch(std::function<void()> work);

  /// Says what was done or measured.
  void fact(std::string text) { facts_.push_back(std::move(text)); }
  void wrong(Finding finding) { findings_.push_back(std::move(finding)); }
  void wrong(std::string text, std::string hint = {}) { wrong({.text = std::move(text), .hint = std::move(hint)}); }
  /// The same for figures, which somebody else's work on this machine may disturb: the check is done once more before
  /// they are believed.
  void wrong_figure(Finding finding);
  /// Says that `what` is not as it should be, unless it is.
  void expect_figure(const std::string& what, std::uint64_t expected, std::uint64_t found, std::string hint = {});

  bool passed() const noexcept { return findings_.empty(); }
  /// Whether all that is wrong are figures.
  bool only_figures() const noexcept { return !findings_.empty() && figures_ == findings_.size(); }
  const std::vector<std::string>& facts() const noexcept { return facts_; }
  const std::vector<Finding>& findings() const noexcept { return findings_; }

 private:
  Probe& open_file(const std::filesystem::path& file, pid_t process);

  What what_;
  Random random_;
  std::shared_ptr<MapPool> maps_ = std::make_shared<MapPool>(std::filesystem::path());
  std::deque<Probe> probes_;
  std::vector<std::string> facts_;
  std::vector<Finding> findings_;
  std::size_t figures_ = 0;
};

/// A number as people read it: "12,345".
std::string with_commas(std::uint64_t number);
/// "1 order", "12 orders".
std::string counted(std::uint64_t number, std::string_view noun);

}  // namespace sonda::learn
