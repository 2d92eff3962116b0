#include "cli/learn/run_check.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <random>

#include "base/escape.h"
#include "base/excerpt.h"
#include "base/files.h"
#include "base/text.h"
#include "report/lines.h"
#include "sonda/error.h"

namespace sonda::learn {
namespace {

namespace fs = std::filesystem;

/// How often a check is done before its figures are believed: the kernel leaves out runs of a program when others work
/// on BPF maps at that moment.
constexpr int most_rounds = 3;

Trial one_round(const LessonParts& parts, const Lesson& lesson, const fs::path& probe, const OpenOptions& open) {
  Trial trial({.probe = probe,
               .start = lesson.start(),
               .partner = lesson.has_partner() ? lesson.partner() : fs::path(),
               .open = open,
               .seed = std::random_device()()});
  try {
    parts.check(trial);
  } catch (const Error& error) {
    if (error.exit() == Exit::cannot_run || error.exit() == Exit::interrupted || error.stage() == Stage::kernel) throw;
    trial.wrong({.text = {}, .refusal = error});
  }
  return trial;
}

std::string source_line(const fs::path& file, std::uint32_t number) {
  const auto text = try_read_file(file);
  if (!text) return {};
  const auto lines = split_lines(*text);
  return number == 0 || number > lines.size() ? std::string() : std::string(lines[number - 1]);
}

report::Json json_of(const Finding& finding) {
  report::Json json{{"what", to_valid_utf8(finding.refusal ? finding.refusal->cause() : finding.text)}};
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) json[key] = to_valid_utf8(value);
  };
  add("expected", finding.expected);
  add("found", finding.found);
  if (finding.line != 0) json["line"] = finding.line;
  if (finding.refusal) {
    json["stage"] = std::string(to_string(finding.refusal->stage()));
    add("subject", finding.refusal->subject());
    add("excerpt", finding.refusal->excerpt());
  }
  add("hint", finding.refusal ? finding.refusal->hint() : finding.hint);
  if (finding.refusal && finding.refusal->hint_tried()) json["hint_tried"] = true;
  return json;
}

class Teller {
 public:
  Teller(front::Run& run, const fs::path& probe) : run_(run), output_(run.output()), probe_(probe) {}

  void tell(const Lesson& lesson, const CheckOutcome& outcome) {
    for (const auto& fact : outcome.facts) write(report::filled("  ", escape_for_terminal(fact), width_));
    for (const auto& finding : outcome.findings) tell(finding);
    if (outcome.passed())
      write(styled("\x1b[1;32m", "passed") +
            fmt::format(": lesson {}, {}\n", lesson.number, escape_for_terminal(lesson.title)));
  }

 private:
  void tell(const Finding& finding) {
    const auto head = styled("\x1b[1;31m", "not yet") + ": ";
    if (finding.refusal) {
      write(head + escape_lines_for_terminal(finding.refusal->what()) + "\n");
      if (run_.verbose() && !finding.refusal->details().empty())
        write(escape_lines_for_terminal(finding.refusal->details()) + "\n");
      return;
    }
    // The colours take no room.
    auto text = report::filled("not yet: ", escape_for_terminal(finding.text), width_);
    write(head + text.substr(std::string_view("not yet: ").size()));
    if (finding.line != 0)
      write(escape_lines_for_terminal(numbered_excerpt(finding.line, source_line(probe_, finding.line), 0)));
    if (!finding.expected.empty())
      write(fmt::format("  expected  {}\n  found     {}\n", escape_for_terminal(finding.expected),
                        escape_for_terminal(finding.found)));
    if (!finding.hint.empty()) write(report::filled("hint: ", escape_for_terminal(finding.hint), width_));
  }

  std::string styled(std::string_view on, std::string_view text) const {
    return output_.colours() ? fmt::format("{}{}\x1b[0m", on, text) : std::string(text);
  }
  void write(const std::string& text) { output_.write(text); }

  front::Run& run_;
  report::Output& output_;
  const fs::path& probe_;
  std::size_t width_ = page_width();
};

}  // namespace

CheckOutcome run_check(const Lesson& lesson, const fs::path& probe, const OpenOptions& open) {
  const auto* parts = parts_of(lesson.name);
  if (parts == nullptr) throw Error(Stage::usage, lesson.full_name(), "this lesson has no check");
  for (int round = 1;; ++round) {
    const auto trial = one_round(*parts, lesson, probe, open);
    if (!trial.only_figures() || round == most_rounds) return {trial.facts(), trial.findings()};
  }
}

void print_outcome(front::Run& run, present::TableOutput& output, const Lesson& lesson, const fs::path& probe,
                   const CheckOutcome& outcome) {
  if (output.text()) return Teller(run, probe).tell(lesson, outcome);
  report::Json findings = report::Json::array(), facts = report::Json::array();
  for (const auto& finding : outcome.findings) findings.push_back(json_of(finding));
  for (const auto& fact : outcome.facts) facts.push_back(to_valid_utf8(fact));
  output.object({{"type", "check"},
                 {"lesson", lesson.number},
                 {"name", lesson.name},
                 {"file", to_valid_utf8(probe.string())},
                 {"passed", outcome.passed()},
                 {"facts", facts},
                 {"findings", findings}});
}

}  // namespace sonda::learn
