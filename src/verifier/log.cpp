// The log is a trace (instructions, states, source lines) that ends with a message and a summary. The message has no
// mark of its own: it is what stands between the last line of the trace and "processed N insns".
#include "verifier/log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/text.h"

namespace sonda {
namespace {

bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

/// The number at the start of `text`, which loses it.
std::optional<std::uint32_t> take_number(std::string_view& text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

template <std::size_t count>
bool starts_with_any(std::string_view line, const std::array<std::string_view, count>& starts) {
  return std::any_of(starts.begin(), starts.end(), [&](std::string_view start) { return line.starts_with(start); });
}

bool is_note(std::string_view line) {
  constexpr std::array<std::string_view, 13> starts{" ",         "\t",      "func#",       "Func#", "arg#",
                                                    "Live regs", "(0) ",    "frame",       "regs=", "mark_precise",
                                                    "last_idx ", "parent ", "propagating "};
  // "frame pointer is read only" is a message, "frame1: R0=..." a state.
  return starts_with_any(line, starts) && !line.starts_with("frame pointer");
}

bool is_appendix(std::string_view line) {
  constexpr std::array<std::string_view, 4> starts{"cur state:", "old state:", "verification time ", "stack depth "};
  return starts_with_any(line, starts);
}

/// Whether `text` begins as a register or stack slot with its state does, maybe behind the number of its frame.
bool begins_state(std::string_view text) {
  text = trim(text);
  if (take(text, "frame")) {
    if (!take_number(text) || !take(text, ":")) return false;
    text = trim(text);
  }
  const bool slot = take(text, "fp-");
  if (!slot && !take(text, "R")) return false;
  return take_number(text) && (text.starts_with("=") || text.starts_with("_"));
}

/// Where "processed N insns" begins in `line`; some messages forget to end their own line before it.
std::size_t summary_in(std::string_view line) {
  constexpr std::string_view word = "processed ";
  for (auto at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    auto rest = line.substr(at + word.size());
    if (take_number(rest) && rest.starts_with(" insns")) return at;
  }
  return std::string_view::npos;
}

/// "; TEXT" or, since Linux 6.10, "; TEXT @ FILE:LINE".
LogLine read_annotation(std::string_view line) {
  LogLine result{.kind = LogLineKind::annotation, .text = trim(line.substr(1))};
  const auto at = result.text.rfind(" @ ");
  const auto colon = result.text.rfind(':');
  // Code that the compiler made up has no text of its own.
  const bool made_up = at == std::string_view::npos && result.text.starts_with("@ ");
  if (colon == std::string_view::npos || (at == std::string_view::npos && !made_up)) return result;
  const auto file = made_up ? 2 : at + 3;
  auto digits = result.text.substr(colon + 1);
  const auto number = take_number(digits);
  if (colon < file || !number || !digits.empty()) return result;
  result.file = result.text.substr(file, colon - file);
  result.line = *number;
  result.text = made_up ? std::string_view() : result.text.substr(0, at);
  return result;
}

/// Splits "TEXT    ; R0=..." and, where the log was wound back to a branch, "TEXT N: R0=...".
void split_state(std::string_view rest, LogLine& line) {
  line.text = trim(rest);
  for (std::size_t at = 0; at < rest.size(); ++at) {
    if (rest[at] == ';') {
      line.text = trim(rest.substr(0, at));
      line.state = trim(rest.substr(at + 1));
      return;
    }
    if (rest[at] != ' ' || at + 1 >= rest.size() || !is_digit(rest[at + 1])) continue;
    auto behind = rest.substr(at + 1);
    const auto number = take_number(behind);
    if (!number || !take(behind, ":") || !begins_state(behind)) continue;
    line.text = trim(rest.substr(0, at));
    line.state = trim(behind);
    line.state_number = number;
    return;
  }
}

/// "N: (xx) ...", "N: safe", "N: R0=...".
std::optional<LogLine> read_numbered(std::string_view line) {
  LogLine result;
  result.number = take_number(line);
  if (!result.number || !take(line, ":")) return std::nullopt;
  if (line.size() >= 5 && line.starts_with(" (") && is_hex(line[2]) && is_hex(line[3]) && line[4] == ')') {
    result.kind = LogLineKind::instruction;
    result.opcode = line.substr(2, 2);
    split_state(line.substr(5), result);
    return result;
  }
  result.state = trim(line);
  result.kind = result.state == "safe" ? LogLineKind::safe : LogLineKind::state;
  return result;
}

/// "from A to B: ...", "from A to B (speculative execution): ...".
std::optional<LogLine> read_jump(std::string_view line) {
  LogLine result;
  if (!take(line, "from ")) return std::nullopt;
  result.from = take_number(line);
  if (!result.from || !take(line, " to ")) return std::nullopt;
  result.number = take_number(line);
  const auto colon = line.find(':');
  if (!result.number || colon == std::string_view::npos) return std::nullopt;
  result.state = trim(line.substr(colon + 1));
  result.kind = result.state == "safe" ? LogLineKind::safe : LogLineKind::jump;
  return result;
}

std::optional<LogLineKind> heading(std::string_view line) {
  if (line.starts_with("caller:")) return LogLineKind::caller;
  if (line.starts_with("callee:")) return LogLineKind::callee;
  if (line.starts_with("returning")) return LogLineKind::returning;
  if (line.starts_with("to caller")) return LogLineKind::to_caller;
  if (line.starts_with("Validating ")) return LogLineKind::validating;
  if (line.starts_with("Verification failed: ")) return LogLineKind::report;
  return std::nullopt;
}

constexpr std::size_t most_messages = 3;
constexpr std::size_t longest_reason = 500;

/// Walks the log a line at a time and keeps what the last lines said.
class ReasonReader {
 public:
  /// False when the summary was seen: nothing after it belongs to the program.
  bool take(const LogLine& line) {
    in_report_ = in_report_ || line.kind == LogLineKind::report;
    if (in_report_) return line.kind != LogLineKind::summary;
    switch (line.kind) {
      case LogLineKind::summary:
        if (!line.text.empty()) messages_.push_back(line.text);
        return false;
      case LogLineKind::message:
        if (messages_.size() < most_messages) messages_.push_back(line.text);
        return true;
      case LogLineKind::appendix:
      case LogLineKind::blank:
        return true;
      case LogLineKind::annotation:
        take_annotation(line);
        break;
      case LogLineKind::instruction:
        instruction_ = line.number;
        break;
      default:
        break;
    }
    messages_.clear();
    return true;
  }

  VerifierReport report() const {
    VerifierReport result;
    for (const auto message : messages_) {
      if (!result.reason.empty()) result.reason += "; ";
      result.reason += message;
    }
    if (result.reason.size() > longest_reason) result.reason.resize(longest_reason);
    const auto named = named_instruction(result.reason);
    const auto number = named ? named : instruction_;
    if (number && *number <= INT32_MAX) result.instruction = static_cast<int>(*number);
    // The line above the last instruction walked says nothing about another one.
    if (!named || named == instruction_) result.line = annotation_;
    return result;
  }

 private:
  /// Code that the compiler made up is annotated with line 0 or nothing: it belongs to the line before.
  void take_annotation(const LogLine& line) {
    const bool made_up = line.file.empty() ? line.text.empty() : line.line == 0;
    if (!made_up) annotation_ = AnnotatedLine{std::string(line.file), line.line, std::string(line.text)};
  }

  bool in_report_ = false;
  std::optional<std::uint32_t> instruction_;
  std::optional<AnnotatedLine> annotation_;
  std::vector<std::string_view> messages_;
};

}  // namespace

LogLine read_log_line(std::string_view line) {
  if (const auto at = summary_in(line); at != std::string_view::npos)
    return {.kind = LogLineKind::summary, .text = trim(line.substr(0, at))};
  if (trim(line).empty()) return {.kind = LogLineKind::blank};
  if (line.starts_with(';')) return read_annotation(line);
  if (auto numbered = read_numbered(line)) return *numbered;
  if (auto jump = read_jump(line)) return *jump;
  if (const auto kind = heading(line)) return {.kind = *kind};
  if (begins_state(line)) return {.kind = LogLineKind::state, .state = trim(line)};
  if (is_note(line) || line.starts_with("from ")) return {.kind = LogLineKind::note};
  if (is_appendix(line)) return {.kind = LogLineKind::appendix};
  return {.kind = LogLineKind::message, .text = trim(line)};
}

std::optional<std::uint32_t> named_instruction(std::string_view message) {
  constexpr std::string_view word = "insn ";
  for (auto at = message.find(word); at != std::string_view::npos; at = message.find(word, at + 1)) {
    auto rest = message.substr(at + word.size());
    if (const auto number = take_number(rest)) return number;
  }
  return std::nullopt;
}

VerifierReport parse_verifier_log(std::string_view log) {
  ReasonReader reader;
  for (const auto line : split_lines(log))
    if (!reader.take(read_log_line(line))) break;
  auto report = reader.report();
  if (const auto* rejection = find_rejection(report.reason)) {
    report.explanation = rejection->explanation;
    report.hint = rejection->hint;
  }
  return report;
}

}  // namespace sonda
