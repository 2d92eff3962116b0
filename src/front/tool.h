// What every tool's main() does: read the command line, run, and turn whatever happens into a message and an exit
// status.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "front/options.h"
#include "report/json_line.h"
#include "report/output.h"
#include "sonda/error.h"
#include "sonda/probe.h"
#include "sonda/ready_worker.h"

namespace sonda::front {

/// One run of a tool: its output, its messages, and how far it is.
class Run {
 public:
  Run(std::string name, int ready_fd) : name_(std::move(name)), ready_fd_(ready_fd) {}
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  const std::string& name() const noexcept { return name_; }
  report::Output& output() noexcept { return output_; }
  report::Progress& progress() noexcept { return progress_; }
  bool verbose() const noexcept { return verbose_; }
  void set_verbose() noexcept { verbose_ = true; }

  /// A line on standard error, made harmless. explain() only says it with -v.
  void warn(std::string_view line);
  void explain(std::string_view line);
  /// The message of an error, with its details if -v was given; `where` stands before it.
  void report(const Error& error, std::string_view where = {});

  /// What Probe::open() takes, by the options; with -v it says what the compile does.
  OpenOptions open_options(const ProbeOptions& options);
  OpenOptions open_options(const FileOptions& options);
  /// For compiles that somebody waits for: what open_options() gives from now on takes a worker that is started in
  /// advance. Whenever one may have been taken, start_worker() sees to the next; to be called in the main thread.
  void keep_worker_ready(const ProbeOptions& options);
  void start_worker() noexcept;
  /// A probe's file, by its path or its name; with -v says which one it is.
  ProbeSource open_source(const std::string& name);
  /// Opens the probe that the options name, or else `own`; with -v says which file it is and what the compile does.
  Probe open_probe(const ProbeOptions& options, const std::string& own);

  /// To be called when everything is attached. From here on SIGINT and SIGTERM are the way to end, with the normal
  /// output and exit status 0; one that came before leaves by an exception which run_tool() knows. Writes "ready\n" to
  /// the descriptor in SONDA_NOTIFY_READY, for scripts that would otherwise have to sleep.
  void tracing_began();
  bool tracing() const noexcept { return tracing_; }

  /// With what the program ends when nothing goes wrong; 0 unless said otherwise.
  void set_exit_status(int status) noexcept { exit_status_ = status; }
  int exit_status() const noexcept { return exit_status_; }

 private:
  std::string name_;
  int ready_fd_;
  int exit_status_ = 0;
  bool verbose_ = false, tracing_ = false;
  std::shared_ptr<ReadyWorker> ready_worker_;  ///< empty: none is wanted
  report::Progress progress_;
  report::Output output_{1, &progress_};
};

/// `object` with all about the error behind what it has: stage, subject, cause, hint, hint_tried, excerpt.
report::Json with_error(report::Json object, const Error& error);

struct Tool {
  std::string name, summary;
  std::string footer;                         ///< below --help: examples
  std::function<void(CommandLine&)> declare;  ///< the options; -v, --version and --help are there already
  std::function<void(Run&)> body;
};

/// The exit status: 0 also if the reader of the output has gone; 2 for a wrong command line; an Error's own; 130 or 143
/// if SIGINT or SIGTERM came before tracing began.
int run_tool(int argc, char** argv, const Tool& tool);

}  // namespace sonda::front
