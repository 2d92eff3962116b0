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
};

/// Reads all of them. Throws Error(Stage::source, "FILE:LINE:COLUMN", ...) with the line and a caret.
AtComments read_at_comments(const std::string& file, std::string_view text);

}  // namespace sonda
