#include "cli/top/screen_text.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/escape.h"
#include "cli/top/rates.h"
#include "report/lines.h"

namespace sonda::top {
namespace {

std::string in_ascii(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto c = first_character(text);
    result += c.code < 0x80 ? static_cast<char>(c.code) : '?';
    text.remove_prefix(c.length);
  }
  return result;
}

constexpr std::string_view blocks[]{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::string_view letters[]{" ", ".", ":", "|", "#"};

/// Of `steps` in each line, how many a value fills.
std::size_t filled(double value, double largest, std::size_t steps) {
  if (!(value > 0) || !(largest > 0)) return 0;
  const auto share = std::min(value / largest, 1.0) * static_cast<double>(steps);
  return std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(share)));
}

}  // namespace

std::string cut(std::string_view text, std::size_t width, bool utf8) {
  auto result = utf8 ? std::string(text) : in_ascii(text);
  if (display_width(result) <= width) return result;
  if (width == 0) return {};
  result.resize(report::beginning(result, width - 1).size());
  return result + (utf8 ? "…" : "~");
}

std::string fit(std::string_view text, std::size_t width, Side side, bool utf8) {
  auto result = cut(text, width, utf8);
  const std::string blanks(width - display_width(result), ' ');
  return side == Side::left ? result + blanks : blanks + result;
}

Line line_of(std::string_view text, Style style, const Surface& surface) {
  return {{fit(text, surface.columns, Side::left, surface.utf8), style}};
}

std::string plain_text(const Line& line) {
  std::string text;
  for (const auto& span : line) text += span.text;
  return text;
}

ScreenTable::ScreenTable(std::vector<ScreenColumn> columns, std::vector<std::vector<std::string>> rows,
                         const Surface& surface)
    : columns_(std::move(columns)), rows_(std::move(rows)), widths_(columns_.size()), surface_(surface) {
  std::vector<std::size_t> wanted(columns_.size()), order(columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    wanted[i] = display_width(columns_[i].header);
    for (const auto& row : rows_) wanted[i] = std::max(wanted[i], display_width(row[i]));
  }
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return columns_[i].rank; });
  std::size_t left = surface.columns + 1;  // each column costs a blank more than its width, but the last
  const auto widen = [&](std::size_t i, std::size_t to) {
    if (widths_[i] == 0 || to <= widths_[i]) return;
    const auto more = std::min(left, to - widths_[i]);
    widths_[i] += more;
    left -= more;
  };
  bool sparing = true;
  for (const auto i : order) {
    if (columns_[i].spare && std::exchange(sparing, false))
      for (const auto other : order) widen(other, std::min(wanted[other], columns_[other].good));
    // A number that is cut is another number.
    const auto least = columns_[i].side == Side::right ? std::max(wanted[i], columns_[i].least)
                                                       : std::max(columns_[i].least, display_width(columns_[i].header));
    if (left < least + 1) break;
    widths_[i] = least;
    left -= least + 1;
  }
  for (const auto i : order) widen(i, wanted[i]);
}

Line ScreenTable::header(std::size_t sorted) const {
  Line line;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (widths_[i] == 0) continue;
    if (taken > 0) line.push_back({" ", Style::header});
    taken += widths_[i] + 1;
    line.push_back({fit(columns_[i].header, widths_[i], columns_[i].side, surface_.utf8),
                    i == sorted ? Style::sorted : Style::header});
  }
  if (taken <= surface_.columns) line.push_back({std::string(surface_.columns + 1 - taken, ' '), Style::header});
  return line;
}

Line ScreenTable::row(std::size_t index, Style style) const {
  std::string text;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (widths_[i] == 0) continue;
    if (!text.empty()) text += ' ';
    text += fit(rows_[index][i], widths_[i], columns_[i].side, surface_.utf8);
  }
  return line_of(text, style, surface_);
}

std::vector<std::string> graph(std::span<const double> values, std::size_t width, std::size_t height, bool utf8) {
  const auto signs = utf8 ? std::span(blocks) : std::span<const std::string_view>(letters);
  const auto steps = signs.size() - 1;
  values = values.last(std::min(values.size(), width));
  const auto largest = values.empty() ? 0.0 : *std::ranges::max_element(values);
  std::vector<std::string> lines(height, std::string(width - values.size(), ' '));
  for (const auto value : values) {
    auto left = filled(value, largest, steps * height);
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
      const auto here = std::min(left, steps);
      *line += signs[here];
      left -= here;
    }
  }
  return lines;
}

}  // namespace sonda::top
