#include "front/tool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "base/files.h"
#include "base/stop.h"
#include "base/text.h"
#include "kernel/libbpf.h"
#include "kernel/privilege.h"
#include "sonda/version.h"

namespace sonda::front {
namespace {

struct StoppedTooEarly {};

constexpr auto ready_variable = "SONDA_NOTIFY_READY";

/// Messages are for a person; if they cannot be written there is nobody to tell.
void to_stderr(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// A standard stream that is closed would become some map's descriptor, and get what we print. What is written to a
/// standard output that was closed is an error.
void open_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(fd, F_GETFD) < 0) [[maybe_unused]]
      const int null = ::open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR);
}

/// The descriptor in SONDA_NOTIFY_READY, or -1; both are kept from the programs that we start.
int ready_fd() {
  const char* text = std::getenv(ready_variable);
  if (text == nullptr || *text == '\0') return -1;
  const auto number = parse_u64(text);
  if (!number || *number > std::numeric_limits<int>::max() ||
      ::fcntl(static_cast<int>(*number), F_SETFD, FD_CLOEXEC) != 0)
    throw Error(Stage::usage, fmt::format("{}={}", ready_variable, text), "not an open file descriptor");
  ::unsetenv(ready_variable);  // a tool that this one starts has no such descriptor
  return static_cast<int>(*number);
}

/// Says what is wrong with the command line, or what it asked for.
int answer(Run& run, const CommandLine::Answer& answer) {
  if (!answer.wrong) {
    run.output().write(answer.text);
    return 0;
  }
  to_stderr(fmt::format("{}: usage: {}\n{} --help shows the options\n", run.name(),
                        escape_for_terminal(trim(answer.text)), answer.asked));
  return static_cast<int>(Exit::usage);
}

int report(Run& run, const Error& error) {
  run.report(error);
  return static_cast<int>(error.exit());
}

int interrupted_status() { return 128 + stop_signal(); }

int parse_and_run(int argc, char** argv, const Tool& tool, Run& run) {
  CommandLine line(tool.name, tool.summary);
  line.version(fmt::format("{} {}\n", tool.name, version));
  line.flag("-v,--verbose", [&run] { run.set_verbose(); }, "Say what is done, and all about an error");
  line.footer(tool.footer);
  tool.declare(line);
  if (const auto said = line.parse(argc, argv)) return answer(run, *said);
  note_stop_signals();
  tool.body(run);
  return run.exit_status();
}

}  // namespace

void Run::warn(std::string_view line) {
  progress_.erase();
  to_stderr(fmt::format("{}: {}\n", name_, escape_for_terminal(line)));
}

void Run::explain(std::string_view line) {
  if (verbose_) warn(line);
}

void Run::report(const Error& error, std::string_view where) {
  progress_.erase();
  auto text = fmt::format("{}: {}{}\n", name_, where, error.what());
  if (verbose_ && !error.details().empty()) {
    text += escape_lines_for_terminal(error.details());
    if (!text.ends_with('\n')) text += '\n';
  }
  to_stderr(text);
}

OpenOptions Run::open_options(const ProbeOptions& options) {
  OpenOptions open;
  open.parameters = options.parameters;
  open.compile.headers = options.headers;
  open.compile.use_cache = options.use_cache;
  open.live = options.watch;
  if (options.watch) keep_worker_ready(options);
  open.compile.ready = ready_worker_;
  open.compile.warn = [this](std::string_view lines) {
    progress_.erase();
    to_stderr(fmt::format("{}: {}", name_, escape_lines_for_terminal(lines)));
  };
  if (verbose_) open.compile.trace = [this](std::string_view line) { explain(line); };
  return open;
}

OpenOptions Run::open_options(const FileOptions& options) {
  auto open = open_options(options.probe);
  open.compile.flags = options.compiler_flags;
  return open;
}

void Run::keep_worker_ready(const ProbeOptions& options) {
  if (!ready_worker_) ready_worker_ = ReadyWorker::make(options.use_cache);
}

void Run::start_worker() noexcept {
  if (ready_worker_) ready_worker_->start();
}

Probe Run::open_probe(const ProbeOptions& options, const std::string& own) {
  require_bpf_privilege();  // before anything else that this user might not be allowed
  auto source = open_source(options.probe.empty() ? own : options.probe);
  return Probe::open(std::move(source), open_options(options));
}

ProbeSource Run::open_source(const std::string& name) {
  auto source = ProbeSource::open(name);
  explain(fmt::format("probe {} ({})", source.path().string(), source.origin()));
  return source;
}

void Run::tracing_began() {
  if (stop_signal() != 0) throw StoppedTooEarly();
  tracing_ = true;
  if (!in_first_pid_namespace().value_or(true))
    warn("in this PID namespace processes have other ids than in the kernel: those that programs see are the kernel's");
  if (ready_fd_ >= 0 && ::write(ready_fd_, "ready\n", 6) != 6)
    throw system_error(Stage::report, ready_variable, "cannot write", errno);
}

report::Json with_error(report::Json object, const Error& error) {
  object["stage"] = std::string(to_string(error.stage()));
  object["subject"] = to_valid_utf8(error.subject());
  object["cause"] = to_valid_utf8(error.cause());
  object["hint"] = to_valid_utf8(error.hint());
  object["hint_tried"] = error.hint_tried();
  object["excerpt"] = to_valid_utf8(error.excerpt());
  return object;
}

int run_tool(int argc, char** argv, const Tool& tool) {
  open_standard_streams();
  ignore_write_signals();
  const QuietLibbpf quiet;
  Run early(tool.name, -1);  // only for a message about the environment
  try {
    Run run(tool.name, ready_fd());
    try {
      return parse_and_run(argc, argv, tool, run);
    } catch (const report::BrokenPipe&) {
      return 0;
    } catch (const StoppedTooEarly&) {
      return interrupted_status();
    } catch (const Error& error) {
      // What a signal cut short fails in many ways; none of them is news.
      return stop_signal() != 0 && !run.tracing() ? interrupted_status() : report(run, error);
    } catch (const std::filesystem::filesystem_error& error) {
      return report(run, file_error(Stage::read, error));
    } catch (const std::exception& error) {
      run.warn(error.what());
      return static_cast<int>(Exit::failure);
    }
  } catch (const Error& error) {
    return report(early, error);
  }
}

}  // namespace sonda::front
