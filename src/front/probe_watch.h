// A live probe that follows its file.
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <string>
#include <vector>

#include "base/file_watch.h"
#include "front/reload_report.h"
#include "front/tool.h"
#include "kernel/run_statistics.h"
#include "report/column.h"
#include "sonda/probe.h"

namespace sonda::front {

/// Reloads the probe when its file, or one that it includes with quotes, is saved. The compile runs beside the program
/// (whose buffers are read meanwhile), the exchange inside act(). What came of it is said: on standard error or, for a
/// program that prints JSON, as objects on its output. An edit that is no good is an error that is said, and nothing
/// else.
class ProbeWatch {
 public:
  struct Hooks {
    ReloadOptions reload;
    std::function<void(const Reload&)> swapped;  ///< after it; may be empty
    std::function<void()> failed;                ///< nothing was changed; may be empty
  };
  /// Borrows `run` and `probe`, which is live and a file's. Throws Error(Stage::source) if it cannot be watched.
  ProbeWatch(Run& run, report::Format format, Probe& probe, Hooks hooks);
  ProbeWatch(const ProbeWatch&) = delete;
  ProbeWatch& operator=(const ProbeWatch&) = delete;
  ~ProbeWatch();

  /// Readable when act() is to be called. Borrowed.
  int fd() const noexcept { return both_.get(); }
  /// Does what is to be done now, and does not wait.
  void act();
  /// Says, once some time has passed since a swap, what a run took before and after. To be called now and then.
  void tick();
  /// The same for the last time.
  void finish() { say_runs(); }

 private:
  using Clock = std::chrono::steady_clock;

  void look_at_file();
  void begin_compile(ProbeSource source);
  void end_compile();
  void fail(const Error& error);
  void say_runs();
  std::chrono::nanoseconds since_save() const;
  void watch_files_of(const ProbeSource& source);
  std::string text_of_all(const ProbeSource& source) const;

  Run& run_;
  report::Format format_;
  Probe& probe_;
  Hooks hooks_;
  std::string file_;
  FileWatch files_;
  UniqueFd compiled_, both_;
  RunStatistics statistics_;
  std::vector<std::filesystem::path> watched_;
  std::future<Edited> compile_;
  std::string seen_;          ///< all text of the last attempt
  bool failed_ = false;       ///< the last attempt
  bool gone_ = false;         ///< that the file is gone was said
  bool saved_again_ = false;  ///< while a compile ran
  Clock::time_point noticed_, swapped_at_;
  std::vector<RunsAround> around_;  ///< of the last swap; empty if it was said
};

}  // namespace sonda::front
