// The log is a trace (instructions, states, source lines) that ends with a message and a summary. The message has no
// mark of its own: it is what stands between the last line of the trace and "processed N insns".
#include "verifier/log.h"

#include <vector>

#include "base/text.h"
#include "verifier/log_line.h"

namespace sonda {
namespace {

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
