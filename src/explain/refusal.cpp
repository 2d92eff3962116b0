#include "explain/refusal.h"

#include "verifier/path.h"

namespace sonda {
namespace {

RefusalExplanation::Change::Place place_of(Suggestion::Kind kind) {
  using Place = RefusalExplanation::Change::Place;
  switch (kind) {
    case Suggestion::Kind::insert_after:
      return Place::after;
    case Suggestion::Kind::replace:
      return Place::replace;
    case Suggestion::Kind::remove:
      return Place::remove;
    case Suggestion::Kind::insert_before:
      break;
  }
  return Place::before;
}

}  // namespace

RefusalExplanation explain_refusal(const Image& image, const ProgramSpec& program, const Error& error) {
  RefusalExplanation refusal{.error = error};
  const auto analysis = analyse_rejection(image, program, error.details());
  refusal.line = analysis.line;
  if (analysis.report.instruction >= 0) refusal.instruction = static_cast<std::uint32_t>(analysis.report.instruction);
  for (const auto& line : analysis.path.lines) refusal.path.push_back({line.line, describe(line, analysis.path)});
  for (const auto& one : analysis.suggestions)
    if (error.hint_tried() && to_string(one) == error.hint())
      refusal.change = RefusalExplanation::Change{place_of(one.kind), one.line, one.text};
  return refusal;
}

}  // namespace sonda
