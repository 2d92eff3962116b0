// The one error type. Every stage throws it; a program catches it once, at its top.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace sonda {

/// Where on the way from a probe file to a printed row something went wrong.
enum class Stage { usage, source, kernel, cache, compile, load, verify, attach, read, report };

/// The stage's name as it is printed, e.g. "attach".
std::string_view to_string(Stage stage) noexcept;

/// Exit statuses of every program of this project.
enum class Exit : int {
  ok = 0,
  failure = 1,       ///< something was wrong with a probe, a file or the kernel's answer
  usage = 2,         ///< the command line could not be understood
  lost = 3,          ///< it ran, but something was lost, and --strict was given
  cannot_run = 77,   ///< this user or this kernel lacks a named capability
  interrupted = 130  ///< stopped by a signal before there was a result
};

/// What went wrong: at which stage, with what, why, and what to do about it.
class Error : public std::exception {
 public:
  /// `subject` is what the error is about (a file with line and column, a symbol, a map); `cause` is one clause
  /// without a full stop; `hint` says what to do and may be empty. Names in them are escaped when printed. The exit
  /// status is Exit::usage for Stage::usage, else Exit::failure.
  Error(Stage stage, std::string subject, std::string cause, std::string hint = {});

  Stage stage() const noexcept { return stage_; }
  const std::string& subject() const noexcept { return subject_; }
  const std::string& cause() const noexcept { return cause_; }
  const std::string& hint() const noexcept { return hint_; }
  /// Whether the hint is a change of the probe that was made in a copy of it, which the kernel then took.
  bool hint_tried() const noexcept { return hint_tried_; }
  /// Lines that belong below the message: source lines with carets, notes. May be empty.
  const std::string& excerpt() const noexcept { return excerpt_; }
  /// What is only shown on request (-v): a whole verifier log, a worker's output. May be empty.
  const std::string& details() const noexcept { return details_; }
  Exit exit() const noexcept { return exit_; }

  Error& with_excerpt(std::string lines);
  Error& with_details(std::string lines);
  Error& with_exit(Exit status);
  /// `change` in place of the hint: it was tried.
  Error& with_tried_hint(std::string change);

  /// "STAGE: SUBJECT: CAUSE", the excerpt, then "hint: HINT" ("hint (tried: it loads): HINT"), each on lines of their
  /// own, harmless to a terminal.
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  void compose();

  Stage stage_;
  std::string subject_, cause_, hint_, excerpt_, details_, text_;
  Exit exit_ = Exit::failure;
  bool hint_tried_ = false;
};

/// An Error whose cause is `doing` and the text of `error_number` (an errno value).
/// Without a hint it gets one where the machine's limits are the reason.
Error system_error(Stage stage, std::string subject, std::string_view doing, int error_number, std::string hint = {});

/// Whether an errno value is about what was free at that moment: it says nothing of what the kernel can do.
bool is_about_the_moment(int error_number) noexcept;

}  // namespace sonda
