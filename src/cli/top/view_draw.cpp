// The screen's lines.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/escape.h"
#include "cli/top/lists.h"
#include "cli/top/view.h"
#include "read/map_types.h"

namespace sonda::top {
namespace {

struct KeyHelp {
  std::string_view key, word, help;
  bool programs = true, maps = true, program = true, entries = true;
};

// In the order in which they are worth the room at the bottom.
constexpr std::array<KeyHelp, 15> key_helps{{
    {"q", "Quit", "end; Ctrl-C does, too"},
    {"?", "Help", "this page; any key leaves it"},
    {"Enter", "Open", "a program: all about it; a map: its entries", true, true, true, false},
    {"Esc", "Back", "to where you came from; first takes the filter away", false, true, true, true},
    {"/", "Filter", "rows with this text only: name, type, process, place", true, true, false, true},
    {"m", "Maps", "programs or maps; Tab does, too"},
    {"< >", "Sort", "by the column to the left or right", true, true, false, true},
    {"v", "Field", "which number of the value is counted", false, false, false, true},
    {"Space", "Pause", "nothing new is shown until it is pressed again"},
    {"r", "Reverse", "the other order", true, true, false, true},
    {"+ -", "Interval", "longer or shorter"},
    {"a", "Active", "programs that ran in the last interval only", true, false, false, false},
    {"C R T N I O M F", "", "sort by CPU%, runs, time per run, name, id, owner, memory, fill"},
    {"arrows, PgUp, PgDn", "", "move; also j k g G, Home and End"},
    {"", "", "% of a CPU: 100 is one CPU that does nothing else"},
}};

std::string percent_text(double value) { return fmt::format("{:.2f}% CPU", value); }

std::string interval_text(View::Interval interval) {
  const auto seconds = std::chrono::duration<double>(interval).count();
  return fmt::format("every {:g}s", seconds);
}

}  // namespace

Line View::title(const Surface& surface) const {
  std::vector<std::string> parts{"sonda top"};
  if (comparison_ != nullptr) {
    const auto& now = comparison_->now();
    if (paused_) parts.emplace_back("PAUSED");
    if (const auto total = comparison_->total()) {
      parts.push_back(percent_text(total->cpu_percent()));
      parts.push_back(short_number(total->runs_per_second()) + " runs/s");
    }
    parts.push_back(fmt::format("{} programs", now.programs.size()));
    parts.push_back(interval_text(interval_));
    parts.push_back(fmt::format("{} maps", now.maps.size()));
    parts.push_back(fmt::format("{} links", now.links.size()));
  }
  std::string text;
  for (const auto& part : parts) {
    const auto more = text.empty() ? part : "  " + part;
    if (text.size() + more.size() > surface.columns) break;
    text += more;
  }
  return line_of(text, Style::title, surface);
}

Line View::status(const Surface& surface) {
  const auto& filter = page_ == Page::entries ? map_filter_ : filter_;
  if (editing_) return line_of("filter: " + escape_for_terminal(filter) + "_", Style::strong, surface);
  if (comparison_ == nullptr) return line_of("", Style::plain, surface);
  std::string text;
  if (!comparison_->now().measured) text = "this kernel does not measure run times (Linux 5.8 does)  ";
  if (page_ == Page::program) return line_of(text, Style::dim, surface);
  text += fmt::format("by {}{}", list().sorted_by(), list().reversed() ? ", reversed" : "");
  if (!filter.empty())
    text += fmt::format("  filter '{}': {} of {}", escape_for_terminal(filter), list().size(), list().all());
  if (active_only_ && page_ == Page::programs) text += "  active only";
  return line_of(text, comparison_->now().measured && filter.empty() ? Style::dim : Style::warning, surface);
}

Line View::keys(const Surface& surface) const {
  Line line;
  std::size_t taken = 0;
  for (const auto& each : key_helps) {
    const bool here = page_ == Page::programs  ? each.programs
                      : page_ == Page::maps    ? each.maps
                      : page_ == Page::program ? each.program
                                               : each.entries;
    if (each.word.empty() || !here) continue;
    const auto word = each.key == "m" && page_ == Page::maps ? std::string_view("Programs") : each.word;
    const auto width = each.key.size() + 1 + word.size();
    if (taken + width + 2 > surface.columns) continue;
    line.push_back({std::string(each.key), Style::strong});
    line.push_back({fmt::format(" {}  ", word), Style::plain});
    taken += width + 2;
  }
  line.push_back({std::string(surface.columns - taken, ' '), Style::plain});
  return line;
}

std::vector<Line> View::help(const Surface& surface, std::size_t height) {
  std::vector<Line> lines{line_of("Keys", Style::header, surface)};
  const std::size_t indent = surface.columns < 60 ? 6 : 19;
  for (const auto& each : key_helps) {
    const auto key = fit(each.key, std::max(indent, display_width(each.key) + 1), Side::left, surface.utf8);
    lines.push_back(line_of(key + std::string(each.help), Style::plain, surface));
  }
  first_help_ = std::min(first_help_, lines.size() > height ? lines.size() - height : 0);
  lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(first_help_));
  return lines;
}

std::vector<Line> View::details(const Surface& surface, std::size_t height) {
  const auto* program = comparison_->program(program_);
  if (program == nullptr) {
    details_.clear();
    return {line_of(fmt::format("program {} is gone", program_), Style::warning, surface)};
  }
  details_ = program_details(*comparison_, *program, pins_, surface);
  detail_ = std::min(detail_, details_.size() - 1);
  first_detail_ = std::min(first_detail_, detail_);
  if (detail_ >= first_detail_ + height) first_detail_ = detail_ + 1 - height;
  std::vector<Line> lines;
  for (auto i = first_detail_; i < details_.size() && lines.size() < height; ++i) {
    auto line = details_[i].line;
    if (i == detail_ && (details_[i].map || detail_ > 0))
      for (auto& span : line) span.style = Style::selected;
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<Line> View::entries(const Surface& surface, std::size_t height) {
  std::vector<Line> lines;
  const auto add = [&](std::string_view text, Style style) { lines.push_back(line_of(text, style, surface)); };
  const auto* map = comparison_->map(map_);
  if (map == nullptr || tracker_ == nullptr) {
    add(fmt::format("map {} is gone", map_), Style::warning);
    return lines;
  }
  const auto& facts = map->facts;
  add(fmt::format("map {} {}  {}  {} of {}  {}{}{}", facts.id, escape_for_terminal(facts.name),
                  map_type_name(facts.type), fill_text(map->fill), facts.max_entries,
                  map->memory ? short_bytes(*map->memory) : "?", tracker_->map().typed() ? "" : "  (no types)",
                  tracker_->content().complete() ? "" : "  (changed while read)"),
      Style::strong);
  if (!tracker_->map().readable()) {
    add("a map of this type has no entries to read", Style::dim);
    return lines;
  }
  if (!tracker_->problem().empty()) add(escape_for_terminal(tracker_->problem()), Style::warning);
  if (tracker_->content().cut())
    add(fmt::format("{} entries were read; there are more", tracker_->content().size()), Style::warning);
  const auto& measures = tracker_->map().measures();
  const auto rate = tracker_->total_per_second();
  if (rate && height >= 6) {
    const auto tall = height >= 18 ? 3U : 1U;
    const auto picture = [&](const std::string& label, const History* history) {
      if (history == nullptr) return;
      const std::size_t room = std::min<std::size_t>(surface.columns / 3, 30);
      const auto pictures =
          graph(history->values(), std::min<std::size_t>(surface.columns - room - 1, 100), tall, surface.utf8);
      for (std::size_t i = 0; i < pictures.size(); ++i)
        lines.push_back({{fit(i + 1 == pictures.size() ? label : "", room, Side::left, surface.utf8), Style::plain},
                         {" ", Style::plain},
                         {pictures[i], Style::graph}});
    };
    const auto& measure = measures.at(tracker_->measure());
    picture(fmt::format("all {}{}/s", measure.empty() ? "" : escape_for_terminal(measure) + " ", short_number(*rate)),
            &tracker_->total_history());
    if (const auto* row = entries_.selected(); row != nullptr && height >= 8)
      picture(row->cells[0] + " " + row->cells[2] + "/s", tracker_->history(row->id));
  }
  const auto room = height > lines.size() ? height - lines.size() : 1;
  for (auto& line : entries_.draw(surface, room)) lines.push_back(std::move(line));
  return lines;
}

std::vector<Line> View::body(const Surface& surface, std::size_t height) {
  if (helping_) return help(surface, height);
  if (comparison_ == nullptr) return {};
  if (page_ == Page::program) return details(surface, height);
  if (page_ == Page::entries) return entries(surface, height);
  auto lines = list().draw(surface, height);
  if (list().all() == 0)
    lines.push_back(
        line_of(page_ == Page::maps ? "there are no BPF maps" : "there are no BPF programs", Style::dim, surface));
  return lines;
}

std::vector<Line> View::draw(const Surface& surface) {
  const Surface sized{std::max<std::size_t>(surface.columns, 10), std::max<std::size_t>(surface.rows, 4), surface.utf8};
  const auto height = sized.rows - 3;
  page_height_ = std::max<std::size_t>(height - 1, 1);
  std::vector<Line> lines{title(sized)};
  for (auto& line : body(sized, height))
    if (lines.size() <= height) lines.push_back(std::move(line));
  while (lines.size() <= height) lines.push_back(line_of("", Style::plain, sized));
  lines.push_back(status(sized));
  lines.push_back(keys(sized));
  lines.resize(std::min(lines.size(), std::max<std::size_t>(surface.rows, 1)));
  return lines;
}

}  // namespace sonda::top
