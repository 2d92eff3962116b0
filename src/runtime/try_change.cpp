#include "runtime/try_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/text.h"
#include "runtime/create_map.h"
#include "runtime/load_program.h"
#include "verifier/log.h"
#include "verifier/path.h"

namespace sonda {
namespace {

using Clock = std::chrono::steady_clock;

/// Whether a trial can do with the map as it is: entries are not touched by loading. An array of programs would take on
/// the type of the first that uses it; variables and constants are the changed probe's own.
bool can_lend(const MapSpec& spec) {
  return spec.type != BPF_MAP_TYPE_PROG_ARRAY && !is_map_of_maps(spec) && spec.holds == Holds::entries;
}

bool same_layout(const MapSpec& a, const MapSpec& b) {
  return a.name == b.name && a.type == b.type && a.key_size == b.key_size && a.value_size == b.value_size &&
         a.flags == b.flags && a.holds == b.holds;
}

class Trials {
 public:
  Trials(const RefusedProgram& program, std::chrono::milliseconds budget)
      : program_(program), deadline_(Clock::now() + budget), options_(program.options) {
    // What waits for the next edit is for the next edit, and nobody asked to see these compiles.
    options_.ready = nullptr;
    options_.trace = nullptr;
    options_.warn = nullptr;
  }

  /// One that loads by itself; else one that, with what helps against the refusals behind it, makes one line.
  std::optional<Suggestion> find(const RejectionAnalysis& analysis) {
    refused_line_ = analysis.line;
    const std::span all(analysis.suggestions);
    const auto first = std::min(all.size(), at_a_time());
    if (auto found = first_that_loads(all.first(first))) return found;
    // Where one mends this and leaves another refusal, no other line mends both.
    const auto begun = failed_;
    for (const auto& each : begun)
      if (is_behind(suggestions_for(each), all))
        if (auto found = completed(each)) return found;
    return first_that_loads(all.subspan(first));
  }

 private:
  static constexpr unsigned most_at_a_time = 4;
  static constexpr std::size_t most_combined = 3;

  static std::size_t at_a_time() { return std::clamp(std::thread::hardware_concurrency(), 1U, most_at_a_time); }

  /// A change that is not enough, and what was made of it.
  struct Failed {
    Suggestion change;
    Image image;
    std::string reason;
  };

  /// Compiles as many at a time as there are processors: of these the first counts that loads.
  std::optional<Suggestion> first_that_loads(std::span<const Suggestion> candidates) {
    while (!candidates.empty() && Clock::now() < deadline_) {
      const auto batch = candidates.first(std::min(at_a_time(), candidates.size()));
      std::vector<std::future<Image>> images;
      for (const auto& candidate : batch) images.push_back(compiled(candidate));
      for (std::size_t i = 0; i < batch.size(); ++i)
        if (loads(batch[i], images[i])) return batch[i];
      candidates = candidates.subspan(batch.size());
    }
    return std::nullopt;
  }

  /// The same way from refusal to refusal, each in the text that the change so far has made.
  std::optional<Suggestion> completed(Failed begun) {
    for (std::size_t more = 1; more < most_combined && Clock::now() < deadline_; ++more) {
      std::vector<Suggestion> next;
      for (const auto& second : suggestions_for(begun))
        if (auto both = combined(begun.change, second)) next.push_back(std::move(*both));
      const auto known = failed_.size();
      if (auto found = first_that_loads(next)) return found;
      if (failed_.size() == known) return std::nullopt;
      begun = failed_[known];
    }
    return std::nullopt;
  }

  /// Whether what helps now is not what helped before.
  static bool is_behind(const std::vector<Suggestion>& now, std::span<const Suggestion> before) {
    return !now.empty() && std::ranges::find(before, now.front().text, &Suggestion::text) == before.end();
  }

  /// What may help against the refusal of a changed probe. The log of a walk that was too long would take seconds.
  std::vector<Suggestion> suggestions_for(const Failed& failed) const {
    const auto* kind = find_rejection(failed.reason);
    if (Clock::now() >= deadline_ || (kind != nullptr && kind->name.starts_with("too_"))) return {};
    const auto& image = failed.image;
    LoadedImage trial(image, {}, [this](const MapSpec& spec) { return lent(spec); });
    try {
      trial.program(program_.function, program_.kind);
    } catch (const Error& refusal) {
      if (refusal.stage() == Stage::verify)
        return analyse_rejection(image, image.program(program_.function), refusal.details()).suggestions;
    }
    return {};
  }

  std::future<Image> compiled(const Suggestion& candidate) const {
    auto options = options_;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
    options.timeout = std::clamp(left, std::chrono::milliseconds(1), program_.options.timeout);
    auto source = program_.source.with_text(with_suggestion(candidate, program_.source.text()));
    return std::async(std::launch::async, [source = std::move(source), options] { return compile(source, options); });
  }

  bool loads(const Suggestion& candidate, std::future<Image>& image) {
    std::string outcome;
    try {
      auto changed = image.get();
      const bool lost = is_lost(candidate, changed);
      outcome = lost ? "what was refused can no longer be reached" : reason_against(changed);
      if (!lost && !outcome.empty()) failed_.push_back({candidate, std::move(changed), outcome});
    } catch (const Error& refusal) {
      if (refusal.exit() == Exit::interrupted) throw;
      outcome = fmt::format("{}: {}: {}", to_string(refusal.stage()), refusal.subject(), refusal.cause());
    }
    if (const auto& tell = program_.options.trace)
      tell(fmt::format("verify: tried {}: {}", to_string(candidate), outcome.empty() ? "it loads" : outcome));
    return outcome.empty();
  }

  /// Whether the change only keeps the program from the line that was refused. A return is told on lines of its own.
  bool is_lost(const Suggestion& candidate, const Image& changed) const {
    const auto lines = split_lines(program_.source.text());
    const auto text = refused_line_ >= 1 && refused_line_ <= lines.size() ? trim(lines[refused_line_ - 1]) : "";
    if (candidate.kind == Suggestion::Kind::remove || text.starts_with("}") || text.starts_with("return")) return false;
    const bool moved = (candidate.kind == Suggestion::Kind::insert_before && candidate.line <= refused_line_) ||
                       (candidate.kind == Suggestion::Kind::insert_after && candidate.line < refused_line_);
    return has_line(program_.loaded.image(), refused_line_) && !has_line(changed, refused_line_ + (moved ? 1 : 0));
  }

  bool has_line(const Image& image, std::uint32_t line) const {
    const auto& lines = image.program(program_.function).lines;
    return std::ranges::find(lines, line, &LineRecord::line) != lines.end();
  }

  /// Empty if the kernel takes the program, and those that it took before.
  std::string reason_against(const Image& image) const {
    const LoadedImage trial(image, {}, [this](const MapSpec& spec) { return lent(spec); });
    auto reason = sonda::reason_against(trial, program_.function, program_.kind);
    for (const auto& taken : program_.loaded.programs())
      if (reason.empty()) reason = sonda::reason_against(trial, taken->name(), taken->kind());
    return reason;
  }

  std::shared_ptr<Map> lent(const MapSpec& spec) const {
    const auto& specs = program_.loaded.image().maps;
    const auto known = std::ranges::find(specs, spec.name, &MapSpec::name);
    if (known == specs.end() || !same_layout(*known, spec) || !can_lend(spec)) return nullptr;
    return program_.loaded.maps()[static_cast<std::size_t>(known - specs.begin())];
  }

  const RefusedProgram& program_;
  Clock::time_point deadline_;
  CompileOptions options_;
  std::uint32_t refused_line_ = 0;
  std::vector<Failed> failed_;
};

}  // namespace

std::optional<Suggestion> find_change(const RefusedProgram& program, const Error& refusal,
                                      std::chrono::milliseconds budget) noexcept {
  if (refusal.stage() != Stage::verify || refusal.exit() == Exit::cannot_run || budget.count() <= 0)
    return std::nullopt;
  // The refusal is what there is to tell, whatever befalls a trial.
  try {
    const auto& image = program.loaded.image();
    const auto analysis = analyse_rejection(image, image.program(program.function), refusal.details());
    return Trials(program, budget).find(analysis);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

Error with_tried_change(const RefusedProgram& program, Error refusal, std::chrono::milliseconds budget) noexcept {
  if (const auto change = find_change(program, refusal, budget)) refusal.with_tried_hint(to_string(*change));
  return refusal;
}

}  // namespace sonda
