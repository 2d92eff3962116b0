#include "tools/common/tool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <limits>

#include "base/escape.h"
#include "base/stop.h"
#include "base/text.h"
#include "kernel/privilege.h"
#include "sonda/version.h"

namespace sonda::tools {
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

/// A standard stream that is closed would become some map's descriptor, and get what we print.
void open_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(fd, F_GETFD) < 0) [[maybe_unused]]
      const int null = ::open("/dev/null", O_RDWR);
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

int report_usage(const CLI::App& app, const CLI::ParseError& error) {
  auto name = app.get_name();
  for (const auto* command : app.get_subcommands()) name += " " + command->get_name();
  to_stderr(fmt::format("{0}: usage: {1}\n{2} --help shows the options\n", app.get_name(),
                        escape_for_terminal(trim(error.what())), name));
  return static_cast<int>(Exit::usage);
}

/// The status if the command line has been dealt with; nothing if the tool is to run.
std::optional<int> parse(CLI::App& app, int argc, char** argv, Run& run) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    run.output().write(app.help());
    return 0;
  } catch (const CLI::CallForVersion&) {
    run.output().write(fmt::format("{} {}\n", app.get_name(), version));
    return 0;
  } catch (const CLI::ParseError& error) {
    return report_usage(app, error);
  }
  return std::nullopt;
}

int report(Run& run, const Error& error) {
  run.report(error);
  return static_cast<int>(error.exit());
}

int interrupted_status() { return 128 + stop_signal(); }

int parse_and_run(int argc, char** argv, const Tool& tool, Run& run) {
  CLI::App app(tool.summary, tool.name);
  app.set_version_flag("--version", std::string(version), "Print the version");
  app.add_flag_callback("-v,--verbose", [&run] { run.set_verbose(); }, "Say what is done, and all about an error");
  app.footer(tool.footer);
  tool.declare(app);
  if (const auto status = parse(app, argc, argv, run)) return *status;
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
  if (verbose_) open.compile.trace = [this](std::string_view line) { explain(line); };
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
  if (ready_fd_ >= 0 && ::write(ready_fd_, "ready\n", 6) != 6)
    throw system_error(Stage::report, ready_variable, "cannot write", errno);
}

int run_tool(int argc, char** argv, const Tool& tool) {
  open_standard_streams();
  ::signal(SIGPIPE, SIG_IGN);
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
    } catch (const std::exception& error) {
      run.warn(error.what());
      return static_cast<int>(Exit::failure);
    }
  } catch (const Error& error) {
    return report(early, error);
  }
}

}  // namespace sonda::tools
