// What a tool of BCC's asked of the kernel, as the recorder wrote it down.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sonda/attach_point.h"

namespace sonda::cli {

/// A function and one of the points that it is attached to, in the notation of `@attach`.
struct RecordedAttach {
  std::string function, point;
};

/// A function that was loaded, and the type of program that it was loaded as.
struct RecordedLoad {
  std::string function;
  std::uint32_t type = 0;  ///< enum bpf_prog_type
};

/// An entry of a map, as BCC writes keys and values.
struct RecordedEntry {
  std::string map, key, value;
};

/// A slot of a program array.
struct RecordedTailCall {
  std::string map, index, function;
};

/// One text that was handed to BCC, and what became of its functions and maps.
struct RecordedText {
  std::string text;
  std::vector<std::string> flags;  ///< the compiler's
  std::vector<RecordedLoad> loaded;
  std::vector<RecordedAttach> attached;
  std::vector<RecordedEntry> entries;
  std::vector<RecordedTailCall> tail_calls;
  std::vector<std::string> notes;  ///< what no notation stands for
};

/// The point that notation stands for; nothing if it is none of Sonda's.
std::optional<AttachPoint> point_of(const std::string& point);

struct Recording {
  std::vector<RecordedText> texts;  ///< in the order in which they came
  bool waited = false;              ///< the tool came to where it waits
};

/// The recorder's lines as values. Lines that are none of its are passed over. Of a perf event that is attached on each
/// of `cpus` CPUs one point is left, and a system call's function has the name that each kernel knows: sys_NAME.
Recording read_recording(std::string_view lines, std::size_t cpus);

/// The one that is worth a file: the last that loads something; null if none does. Borrowed from `recording`.
const RecordedText* chosen_text(const Recording& recording);

}  // namespace sonda::cli
