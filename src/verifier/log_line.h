// The grammar of a verifier log, a line at a time: wordings of Linux 5.10 to 7.3.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sonda {

/// What a line of a verifier log is.
enum class LogLineKind : std::uint8_t {
  blank,
  annotation,   ///< "; TEXT @ FILE:LINE"
  instruction,  ///< "N: (xx) TEXT", maybe with a state behind it
  state,        ///< "N: R0=...", or a line of states alone
  jump,         ///< "from A to B: R0=...": a branch that was put off is walked now
  safe,         ///< "N: safe", "from A to B: safe": what follows was walked before in a state no better
  caller,       ///< a function is called: states of the caller follow, then those of the
  callee,       ///< called one
  returning,    ///< it returns: its own states follow, then those of the
  to_caller,    ///< caller
  validating,   ///< a function is walked by itself, from its beginning
  note,         ///< anything else that belongs to the trace
  appendix,     ///< what stands behind a message and only helps those who know the verifier
  report,       ///< "Verification failed: ...": from here to the summary Linux 7.3 says all again, for people
  summary,      ///< "processed N insns"
  message       ///< all the rest: the verifier's own words
};

/// One line, taken apart. Parts are of the line itself.
struct LogLine {
  LogLineKind kind = LogLineKind::message;
  std::optional<std::uint32_t> number;  ///< the instruction, or where a jump leads
  std::optional<std::uint32_t> from;    ///< where a jump comes from
  std::string_view opcode;              ///< the two hexadecimal digits
  std::string_view text;                ///< of an instruction, a message, an annotation; before a summary: a message
  std::string_view state;               ///< registers and stack slots
  std::optional<std::uint32_t> state_number;  ///< of an instruction: the state is the one before this other one
  std::string_view file;                      ///< of an annotation; empty before Linux 6.10
  std::uint32_t line = 0;                     ///< likewise 0
};

/// Any bytes are safe to give.
LogLine read_log_line(std::string_view line);

/// N of "insn N" in a message of a pass that does not walk the instructions.
std::optional<std::uint32_t> named_instruction(std::string_view message);

}  // namespace sonda
