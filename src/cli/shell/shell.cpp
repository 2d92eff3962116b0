#include "cli/shell/shell.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "base/stop.h"
#include "base/text.h"
#include "cli/shell/commands.h"
#include "cli/shell/completion.h"
#include "cli/shell/line_reader.h"
#include "kernel/privilege.h"

namespace sonda::shell {
namespace {

/// Commands of the command line, one after the other.
class GivenLines : public LineReader {
 public:
  explicit GivenLines(const std::vector<std::string>& lines) : lines_(lines) {}
  std::optional<std::string> next() override {
    return at_ < lines_.size() ? std::optional(lines_[at_++]) : std::nullopt;
  }

 private:
  const std::vector<std::string>& lines_;
  std::size_t at_ = 0;
};

class Shell {
 public:
  Shell(front::Run& run, const ShellOptions& options)
      : run_(run),
        options_(options),
        interactive_(options.commands.empty() && ::isatty(STDIN_FILENO) == 1),
        workspace_(run, options, interactive_),
        completer_(names_of(workspace_)),
        history_([&run](std::string_view line) { run.explain(line); }) {}

  void run() {
    interrupts_are_harmless();
    if (interactive_) run_.keep_worker_ready(options_.input.probe);
    if (!options_.input.files.empty()) {
      std::string load = "load";
      for (const auto& file : options_.input.files) load += " " + quoted_word(file);
      line_number_ = 0;
      execute(load);
    }
    run_.tracing_began();
    greet();
    const auto reader = make_reader();
    while (!done()) {
      run_.start_worker();  // while the line is typed
      const auto line = reader->next();
      if (!line) break;
      ++line_number_;
      if (interactive_) history_.add(*line);
      execute(*line);
    }
    history_.store();
    workspace_.drain();
    workspace_.close_ledger();
    if (stop_signal() == SIGINT && !interactive_)
      run_.set_exit_status(static_cast<int>(Exit::interrupted));
    else
      run_.set_exit_status(status_);
  }

 private:
  bool done() const {
    return workspace_.ended() || (failed_ && !interactive_ && !options_.keep_going) || stop_signal() != 0;
  }

  void greet() {
    if (!interactive_ || workspace_.json()) return;
    run_.output().write(workspace_.files().empty() ? "'load FILE' loads a probe, 'help' lists the commands.\n"
                                                   : "'attach' attaches it, 'help' lists the commands.\n");
  }

  std::unique_ptr<LineReader> make_reader() {
    if (!options_.commands.empty()) return std::make_unique<GivenLines>(options_.commands);
    if (!interactive_) return plain_lines(workspace_, STDIN_FILENO, "");
    if (report::can_style(run_.output().is_terminal(), std::getenv("TERM")))
      return edited_lines(workspace_, completer_, history_.lines());
    return plain_lines(workspace_, STDIN_FILENO, "sonda> ");
  }

  void execute(const std::string& line) {
    const auto text = trim(line);
    if (text.empty() || text.starts_with('#')) return;
    workspace_.output().forget_table();
    bool well = false;
    try {
      Arguments arguments(text);
      const auto word = arguments.word("a command");
      const auto& command = find_command(word, arguments);
      static_cast<void>(workspace_.take_recorded());
      command.body(workspace_, arguments);
      workspace_.drain();
      well = true;
      if (command.saved) workspace_.recorded().push_back(workspace_.take_recorded().value_or(std::string(text)));
    } catch (const Error& error) {
      report(error);
    }
    if (workspace_.json())
      workspace_.output().object(
          {{"type", "done"}, {"command", to_valid_utf8(text)}, {"line", line_number_}, {"ok", well}});
    // Ctrl-C was for the command.
    forget_interrupt();
  }

  void report(const Error& error) {
    if (!failed_) status_ = interactive_ ? 0 : static_cast<int>(error.exit());
    failed_ = true;
    if (workspace_.json())
      return workspace_.output().object(front::with_error({{"type", "error"}, {"line", line_number_}}, error));
    const bool numbered = !interactive_ && line_number_ > 0;
    run_.report(error, numbered ? fmt::format("line {}: ", line_number_) : std::string());
  }

  front::Run& run_;
  const ShellOptions& options_;
  bool interactive_;
  Workspace workspace_;
  Completer completer_;
  ShellHistory history_;
  int line_number_ = 0;
  int status_ = 0;
  bool failed_ = false;
};

}  // namespace

void declare(front::CommandLine& line, ShellOptions& options) {
  declare(line, options.input, front::Files::any);
  line.footer("Commands come from the terminal, from -e, or from standard input, a line each; 'help' lists them.");
  line.texts("-e,--execute", "COMMAND", options.commands,
             "Execute this in place of what is typed; may be given more than once");
  line.flag("--keep-going", options.keep_going, "In a script: go on after an error");
  front::add_pid(line, options.pid, "Look at this process only; the $PID of the files");
  line.text("--pin", "FOLDER", options.pins, "Where pinned maps are kept; /sys/fs/bpf/sonda by default");
  line.flag("--json", [&options] { options.format = report::Format::json; }, "Answer with objects, one a line");
}

void run_shell(front::Run& run, const ShellOptions& options) {
  require_bpf_privilege();
  Shell(run, options).run();
}

}  // namespace sonda::shell
