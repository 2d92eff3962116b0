// The log is a trace (instructions, states, source lines) that ends with a message and a summary. The message has no
// mark of its own: it is what stands between the last line of the trace and "processed N insns".
#include "runtime/verifier/log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/text.h"
#include "runtime/verifier/catalogue.h"

namespace sonda {
namespace {

constexpr std::size_t most_lines = 3;
constexpr std::size_t longest_reason = 500;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

/// The number at the start of `text`, which loses it.
std::optional<std::uint32_t> take_number(std::string_view& text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

/// N of "N: (xx) MNEMONIC".
std::optional<std::uint32_t> instruction_of(std::string_view line) {
  const auto number = take_number(line);
  if (!number || line.size() < 6 || !line.starts_with(": (")) return std::nullopt;
  if (!is_hex(line[3]) || !is_hex(line[4]) || line[5] != ')') return std::nullopt;
  return number;
}

/// "N: R0=...", "N: safe", as the verifier shows its state.
bool is_state(std::string_view line) {
  const auto number = take_number(line);
  return number && line.starts_with(":");
}

bool is_trace(std::string_view line) {
  constexpr std::array<std::string_view, 17> starts{
      " ",       "\t",           "from ",     "func#",        "Func#",      "arg#",
      "caller:", "callee:",      "frame",     "mark_precise", "last_idx ",  "regs=",
      "parent ", "propagating ", "returning", "to caller",    "Validating "};
  if (line.empty() || is_state(line)) return true;
  // "frame pointer is read only" is a message, "frame1: R0=..." a state.
  if (line.starts_with("frame pointer")) return false;
  return std::any_of(starts.begin(), starts.end(), [&](std::string_view start) { return line.starts_with(start); });
}

/// What stands behind a message and only helps those who know the verifier.
bool is_appendix(std::string_view line) {
  constexpr std::array<std::string_view, 4> starts{"cur state:", "old state:", "verification time ", "stack depth "};
  return std::any_of(starts.begin(), starts.end(), [&](std::string_view start) { return line.starts_with(start); });
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
AnnotatedLine read_annotation(std::string_view line) {
  line = trim(line.substr(1));
  const auto at = line.rfind(" @ ");
  const auto colon = line.rfind(':');
  if (at == std::string_view::npos || colon == std::string_view::npos || colon < at + 3)
    return {{}, 0, std::string(line)};
  auto digits = line.substr(colon + 1);
  const auto number = take_number(digits);
  if (!number || !digits.empty()) return {{}, 0, std::string(line)};
  return {std::string(line.substr(at + 3, colon - at - 3)), *number, std::string(line.substr(0, at))};
}

/// N of "insn N" in a message of a pass that does not walk the instructions.
std::optional<std::uint32_t> named_instruction(std::string_view message) {
  constexpr std::string_view word = "insn ";
  for (auto at = message.find(word); at != std::string_view::npos; at = message.find(word, at + 1)) {
    auto rest = message.substr(at + word.size());
    if (const auto number = take_number(rest)) return number;
  }
  return std::nullopt;
}

/// Walks the log a line at a time and keeps what the last lines said.
class Reader {
 public:
  /// False when the summary was seen: nothing after it belongs to the program.
  bool take(std::string_view line) {
    const auto summary = summary_in(line);
    if (summary != std::string_view::npos) {
      if (const auto message = trim(line.substr(0, summary)); !message.empty()) messages_.push_back(message);
      return false;
    }
    if (line.starts_with(';')) {
      take_annotation(line);
      messages_.clear();
    } else if (const auto number = instruction_of(line)) {
      instruction_ = number;
      messages_.clear();
    } else if (is_trace(line)) {
      messages_.clear();
    } else if (!is_appendix(line) && messages_.size() < most_lines) {
      messages_.push_back(trim(line));
    }
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
  void take_annotation(std::string_view line) {
    auto annotation = read_annotation(line);
    const bool made_up = annotation.file.empty() ? annotation.text.empty() : annotation.line == 0;
    if (!made_up) annotation_ = std::move(annotation);
  }

  std::optional<std::uint32_t> instruction_;
  std::optional<AnnotatedLine> annotation_;
  std::vector<std::string_view> messages_;
};

}  // namespace

VerifierReport parse_verifier_log(std::string_view log) {
  Reader reader;
  for (const auto line : split_lines(log))
    if (!reader.take(line)) break;
  auto report = reader.report();
  if (const auto* rejection = find_rejection(report.reason)) {
    report.explanation = rejection->explanation;
    report.hint = rejection->hint;
  }
  return report;
}

}  // namespace sonda
