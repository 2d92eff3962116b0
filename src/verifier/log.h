// What the kernel's verifier wrote: line by line, and reduced to what a person needs to know, in plain words.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sonda {

/// What a line of a verifier log is, in the wordings of Linux 5.10 to 7.3.
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

/// The source line that the log shows above the refused instruction.
struct AnnotatedLine {
  std::string file;        ///< empty before Linux 6.10, which shows the text only
  std::uint32_t line = 0;  ///< likewise 0
  std::string text;
  bool operator==(const AnnotatedLine&) const = default;
};

struct VerifierReport {
  int instruction = -1;  ///< the instruction that was refused; -1 if the log names none
  std::optional<AnnotatedLine> line;
  std::string reason;       ///< the verifier's own words; empty if the log holds none
  std::string explanation;  ///< what that means; empty if it is not one of the common ones
  std::string hint;         ///< what the verifier asks for; likewise
};

/// Reads the log of a refused program, of any kernel from 5.10 on. Any bytes are safe to give: what is not understood
/// is passed over.
VerifierReport parse_verifier_log(std::string_view log);

/// One way in which the verifier says no.
struct Rejection {
  std::string_view name;         ///< ours; older and newer wordings of one kind share it
  std::string_view pattern;      ///< parts of its message in their order, `*` between them
  std::string_view explanation;  ///< what it means, one clause
  std::string_view hint;         ///< what the verifier asks for: no change, which would have to be tried
};

/// All that are known, the more specific before the more general.
std::span<const Rejection> rejections();

/// The first one whose pattern `message` fits; none if it is not a common one.
const Rejection* find_rejection(std::string_view message);

}  // namespace sonda
