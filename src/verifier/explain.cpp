#include "verifier/explain.h"

#include <fmt/format.h>

#include "base/excerpt.h"
#include "verifier/refusal.h"

namespace sonda {
namespace {

constexpr std::string_view blanks = " \t";

/// The line as compilers show it. Without a column the caret is below its first word.
std::string show(std::string_view text, std::uint32_t line, std::uint32_t column) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return numbered_excerpt(line, text, 0);
  const auto caret = column >= 1 && column <= text.size() ? column : first + 1;
  return numbered_excerpt(line, text, static_cast<std::ptrdiff_t>(caret));
}

}  // namespace

const LineRecord* line_of(const ProgramSpec& spec, int instruction) {
  const LineRecord* found = nullptr;
  if (instruction < 0) return found;
  for (const auto& record : spec.lines) {
    if (record.instruction > static_cast<std::uint32_t>(instruction)) break;
    if (record.line > 0) found = &record;
  }
  return found;
}

Error verifier_error(const Image& image, const ProgramSpec& spec, const VerifierReport& report, std::string log) {
  const Refusal refusal(image, spec, report, log);
  const auto place = refusal.place;
  const auto subject = place.line > 0 ? fmt::format("{}:{}", image.key.probe, place.line)
                                      : fmt::format("{}: function {}", image.key.probe, spec.name);
  std::string excerpt;
  if (place.line > 0) {
    // Of a file that is not the image's own, the log has the line.
    const auto text = place.line <= refusal.source.lines() || !report.line ? refusal.source.line(place.line)
                                                                           : std::string_view(report.line->text);
    excerpt = show(text, place.line, place.column);
  }
  if (!report.explanation.empty()) excerpt += fmt::format("      = {}\n", report.explanation);

  auto error = Error(Stage::verify, subject, report.reason, report.hint);
  error.with_excerpt(std::move(excerpt)).with_details(std::move(log));
  if (report.reason.find("allowed for CAP_") != std::string::npos ||
      report.reason.find("for root only") != std::string::npos)
    error.with_exit(Exit::cannot_run);
  return error;
}

}  // namespace sonda
