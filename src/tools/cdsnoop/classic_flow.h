// How the first version of cdsnoop made sense of three functions' return values, kept to show why that is guessing.
#pragma once

#include <optional>
#include <string>

#include "sonda/trace_pipe.h"

namespace sonda::cdsnoop {

/// Takes what the three probes print, in the order in which it comes, for: a line that was typed, the directory before
/// it, and the error if there was one. Whether one shell sent all three, nothing tells.
class ClassicFlow {
 public:
  /// `no_such_directory` is what to print for every error.
  explicit ClassicFlow(std::string no_such_directory) : no_such_directory_(std::move(no_such_directory)) {}

  static std::string header();

  /// The line to print, now that `fields` has come, if there is one. `time` is the time of day. The texts are raw
  /// bytes.
  std::optional<std::string> next(const TraceFields& fields, const std::string& time);

 private:
  enum class Expect { command, previous, outcome };

  void read_command(const TraceFields& fields);
  std::string error_line(const TraceFields& fields, const std::string& time) const;
  std::string change_line(const std::string& time) const;

  std::string no_such_directory_;
  Expect expect_ = Expect::command;
  std::string directory_, previous_;
  int pid_ = 0;
};

}  // namespace sonda::cdsnoop
