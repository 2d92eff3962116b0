#include "cli/doctor/print.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "base/text.h"
#include "report/json_line.h"

namespace sonda::cli::doctor {
namespace {

constexpr std::size_t status_at = 2, id_at = status_at + 8;

std::string_view colour_of(Status status) {
  constexpr std::string_view green = "\x1b[32m", yellow = "\x1b[33m", red = "\x1b[31m";
  if (status == Status::ok) return green;
  return status == Status::limited || status == Status::unknown ? yellow : red;
}

std::string_view title_of(std::string_view section) {
  const auto known = std::ranges::find(sections(), section, &Section::name);
  return known == sections().end() ? section : known->title;
}

/// `text` in pieces of at most `width` columns, broken at blanks where there are any.
std::vector<std::string> broken_at(const std::string& text, std::size_t width) {
  std::vector<std::string> pieces;
  std::string piece;
  for (const auto part : split(text, ' ')) {
    if (!piece.empty() && display_width(piece) + 1 + display_width(part) > width)
      pieces.push_back(std::exchange(piece, {}));
    if (!piece.empty()) piece += ' ';
    piece += part;
  }
  pieces.push_back(piece);
  return pieces;
}

std::string plain(const std::string& text) { return escape_lines_for_terminal(text); }

}  // namespace

std::string TextReport::lines(const std::string& first, const std::string& text, std::size_t indent) const {
  constexpr std::size_t narrowest = 20;
  const bool breaks = look_.width >= indent + narrowest;
  const auto pieces = breaks ? broken_at(text, look_.width - indent) : std::vector{text};
  auto result = first + pieces.front() + "\n";
  for (std::size_t i = 1; i < pieces.size(); ++i) result += std::string(indent, ' ') + pieces[i] + "\n";
  return result;
}

TextReport::TextReport(const Look& look, const std::vector<Check>& checks) : look_(look) {
  for (const auto& check : checks) {
    auto& width = id_widths_[check.section];
    width = std::max(width, check.id.size());
  }
}

std::size_t TextReport::text_at() const { return id_at + id_widths_.at(section_) + 1; }

std::string TextReport::row(Status status, const std::string& id, const std::string& found,
                            const std::string& remedy) const {
  const auto word = fmt::format("{:<{}}", to_string(status), id_at - status_at);
  auto first = std::string(status_at, ' ');
  first += look_.colours ? fmt::format("{}{}\x1b[0m", colour_of(status), word) : word;
  const auto indent = id.empty() ? id_at : text_at();
  if (!id.empty()) first += fmt::format("{:<{}}", id, indent - id_at);
  auto text = lines(first, plain(found), indent);
  constexpr std::string_view label = "fix: ";
  if (!remedy.empty()) text += lines(std::string(indent, ' ') += label, plain(remedy), indent + label.size());
  return text;
}

bool TextReport::is_grouped(const Check& check, const Finding& finding) const {
  if (look_.verbose) return false;
  return finding.status == Status::ok ? check.brief : finding.status == Status::unknown;
}

std::string TextReport::add(const Check& check, const Finding& finding) {
  std::string text;
  if (check.section != section_) {
    text = end_section();
    const auto title = std::string(title_of(check.section));
    text += section_.empty() ? "" : "\n";
    text += look_.colours ? fmt::format("\x1b[1m{}\x1b[0m\n", title) : title + "\n";
    section_ = check.section;
  }
  ++counts_.at(static_cast<std::size_t>(finding.status));
  if (finding.status == Status::broken) broken_.push_back(check.id);
  if (check.needed && (finding.status == Status::missing || finding.status == Status::unknown))
    lacking_.push_back(check.id);
  if (is_grouped(check, finding)) {
    const auto alike = std::ranges::find_if(groups_, [&](const Group& group) {
      return group.finding.status == finding.status && group.finding.remedy == finding.remedy &&
             (finding.status == Status::ok || group.finding.found == finding.found);
    });
    if (alike != groups_.end())
      alike->ids.push_back(check.id);
    else
      groups_.push_back({{check.id}, finding});
    return text;
  }
  text += row(finding.status, check.id, finding.found.empty() ? check.proves : finding.found, finding.remedy);
  if (!look_.verbose) return text;
  const std::string indent(text_at(), ' ');
  const auto milliseconds = static_cast<double>(finding.took.count()) / 1000;
  // What it proves stands there already if there was nothing else to say.
  const auto proves = finding.found.empty() ? "" : check.proves + "; ";
  text += lines(indent, fmt::format("({}{:.1f} ms)", proves, milliseconds), text_at());
  for (const auto& detail : finding.details)
    for (const auto line : split_lines(detail)) text += indent + plain(std::string(line)) + "\n";
  return text;
}

std::string TextReport::end_section() {
  std::string text;
  for (const auto& group : std::exchange(groups_, {})) {
    auto found = join(group.ids, ", ");
    if (group.finding.status != Status::ok) found += ": " + group.finding.found;
    text += row(group.finding.status, "", found, group.finding.remedy);
  }
  return text;
}

std::string TextReport::end() {
  auto text = end_section();
  std::vector<std::string> sums;
  std::size_t all = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    all += counts_[i];
    if (counts_[i] != 0) sums.push_back(fmt::format("{} {}", counts_[i], to_string(static_cast<Status>(i))));
  }
  text += lines("\n", fmt::format("{} check{}: {}", all, all == 1 ? "" : "s", join(sums, ", ")), 0);
  if (!broken_.empty()) text += lines("", "broken: " + join(broken_, ", "), 0);
  if (!lacking_.empty()) text += lines("", "needed and not there: " + join(lacking_, ", "), 0);
  if (broken_.empty() && lacking_.empty()) text += "all that is needed is there\n";
  return text;
}

std::string json_of(const Check& check, const Finding& finding) {
  std::vector<std::string> details;
  for (const auto& line : finding.details) details.push_back(to_valid_utf8(line));
  return report::json_line(report::Json{{"type", "finding"},
                                        {"id", check.id},
                                        {"section", check.section},
                                        {"status", std::string(to_string(finding.status))},
                                        {"found", to_valid_utf8(finding.found)},
                                        {"remedy", to_valid_utf8(finding.remedy)},
                                        {"needed", check.needed},
                                        {"ms", static_cast<double>(finding.took.count()) / 1000},
                                        {"details", details}});
}

std::string list_text(const std::vector<Check>& checks) {
  std::size_t width = 0;
  for (const auto& check : checks) width = std::max(width, check.id.size());
  auto text = fmt::format("{:<{}} SECTION   NEEDED PROVES THAT\n", "CHECK", width);
  for (const auto& check : checks)
    text += fmt::format("{:<{}} {:<9} {:<6} {}\n", check.id, width, check.section, check.needed ? "yes" : "no",
                        check.proves);
  return text;
}

std::string json_of(const Check& check) {
  return report::json_line(report::Json{{"type", "check"},
                                        {"id", check.id},
                                        {"section", check.section},
                                        {"proves", check.proves},
                                        {"needed", check.needed}});
}

}  // namespace sonda::cli::doctor
