#include "tools/cdsnoop/classic_flow.h"

#include <fmt/format.h>

#include <utility>

#include "base/escape.h"
#include "base/text.h"

namespace sonda::cdsnoop {
namespace {

constexpr std::string_view error_mark = "bash";  // what get_name_for_error returns

std::string last_part(const std::string& path) {
  const auto slash = path.find_last_of('/');
  return slash == std::string::npos || slash + 1 == path.size() ? path : path.substr(slash + 1);
}

}  // namespace

std::string ClassicFlow::header() {
  return fmt::format("{:<12} {:<10} {:<15} {:<10} {}\n", "TIME", "PID", "PREV_DIR", "CURR_DIR", "COMM");
}

std::optional<std::string> ClassicFlow::next(const TraceFields& fields, const std::string& time) {
  const auto expected = std::exchange(expect_, Expect::command);
  if (expected == Expect::command) {
    read_command(fields);
    return std::nullopt;
  }
  if (fields.message == error_mark) return error_line(fields, time);
  if (expected == Expect::outcome) return change_line(time);
  previous_ = fields.message;
  expect_ = Expect::outcome;
  return std::nullopt;
}

void ClassicFlow::read_command(const TraceFields& fields) {
  const auto words = split(fields.message, ' ');
  if (words.size() != 2 || words[0] != "cd") return;
  directory_ = words[1];
  pid_ = fields.pid;
  expect_ = Expect::previous;
}

std::string ClassicFlow::error_line(const TraceFields& fields, const std::string& time) const {
  return fmt::format("{:<12} {:<5} {} : cd : {} {} \n", time, fields.pid, escape_for_terminal(fields.message),
                     escape_for_terminal(directory_), no_such_directory_);
}

std::string ClassicFlow::change_line(const std::string& time) const {
  const auto directory = escape_for_terminal(directory_ == "~" ? "home" : directory_);
  return fmt::format("{:<12} {:<10} {:<15} {:<10} cd {}\n", time, pid_, escape_for_terminal(last_part(previous_)),
                     last_part(directory), directory);
}

}  // namespace sonda::cdsnoop
