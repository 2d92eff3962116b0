// What the `@` comments of a probe file say.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sonda/probe_source.h"

namespace sonda {

struct AtComments {
  std::vector<Parameter> parameters;
  std::vector<Attachment> attachments;
  std::vector<MapOption> map_options;
  std::vector<EventType> event_types;
  std::vector<ShowOption> show_options;
  std::vector<HiddenMap> hidden_maps;
  std::vector<TailCall> tail_calls;
  std::vector<MapEntry> map_entries;
  std::vector<int> quiet_lines;
};

/// What the text of an `@attach` or the value of a parameter says for the pid of the process that is looked at.
inline constexpr std::string_view pid_variable = "$PID";

/// `text` with `pid` in the places of `$PID`.
std::string with_pid(std::string_view text, pid_t pid);

/// Reads all of them. Throws Error(Stage::source, "FILE:LINE:COLUMN", ...) with the line and a caret.
AtComments read_at_comments(const std::string& file, std::string_view text);

}  // namespace sonda
