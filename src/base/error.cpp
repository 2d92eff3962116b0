// How an Error reads when it is printed.
#include "sonda/error.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/escape.h"

namespace sonda {

std::string_view to_string(Stage stage) noexcept {
  static constexpr std::array<std::string_view, 10> names{"usage", "source", "kernel", "cache", "compile",
                                                          "load",  "verify", "attach", "read",  "report"};
  return names.at(static_cast<std::size_t>(stage));
}

Error::Error(Stage stage, std::string subject, std::string cause, std::string hint)
    : stage_(stage), subject_(std::move(subject)), cause_(std::move(cause)), hint_(std::move(hint)) {
  if (stage == Stage::usage) exit_ = Exit::usage;
  compose();
}

Error& Error::with_excerpt(std::string lines) {
  excerpt_ = std::move(lines);
  compose();
  return *this;
}

Error& Error::with_details(std::string lines) {
  details_ = std::move(lines);
  return *this;
}

Error& Error::with_exit(Exit status) {
  exit_ = status;
  return *this;
}

Error& Error::with_tried_hint(std::string change) {
  hint_ = std::move(change);
  hint_tried_ = true;
  compose();
  return *this;
}

void Error::compose() {
  text_ = fmt::format("{}: ", to_string(stage_));
  if (!subject_.empty()) text_ += escape_for_terminal(subject_) + ": ";
  text_ += escape_for_terminal(cause_);
  if (!excerpt_.empty()) {
    text_ += '\n' + escape_lines_for_terminal(excerpt_);
    if (text_.back() == '\n') text_.pop_back();
  }
  if (!hint_.empty())
    text_ += fmt::format("\nhint{}: {}", hint_tried_ ? " (tried: it loads)" : "", escape_for_terminal(hint_));
}

namespace {

/// What to do about errors that are about the machine, whatever was asked of it.
std::string_view remedy_for(int error_number) {
  switch (error_number) {
    case EMFILE:
      return "this process has all the files open that it may: raise the limit (ulimit -n)";
    case ENFILE:
      return "the machine has all the files open that it may: raise fs.file-max (sysctl)";
    case EFBIG:
      return "files may not be larger here: raise the limit (ulimit -f)";
    case ENOSPC:
      return "make room, or name another place";
    case EDQUOT:
      return "this user's share of the disk is used up: make room, or name another place";
    default:
      return {};
  }
}

}  // namespace

bool is_about_the_moment(int error_number) noexcept {
  return error_number == EMFILE || error_number == ENFILE || error_number == EINTR || error_number == EAGAIN;
}

Error system_error(Stage stage, std::string subject, std::string_view doing, int error_number, std::string hint) {
  if (hint.empty()) hint = remedy_for(error_number);
  const auto reason = std::generic_category().message(error_number);
  auto cause = doing.empty() ? reason : fmt::format("{}: {}", doing, reason);
  return {stage, std::move(subject), std::move(cause), std::move(hint)};
}

}  // namespace sonda
