// Lines of trace_pipe of any content: fields that are in the line, or nothing.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/text.h"
#include "sonda/trace_pipe.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  for (const auto line : sonda::split_lines(text)) {
    const auto lost = sonda::lost_events(line);
    const auto fields = sonda::parse_trace_line(line);
    if (!fields) continue;
    // Nothing is both, and nothing is made up.
    if (lost != 0 || fields->pid < 0 || fields->cpu < 0) __builtin_trap();
    for (const auto& part : {fields->task, fields->flags, fields->message})
      if (line.find(part) == std::string_view::npos) __builtin_trap();
  }
  return 0;
}
