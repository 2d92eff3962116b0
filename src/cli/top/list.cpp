#include "cli/top/list.h"

#include <algorithm>

namespace sonda::top {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// In the order in which people look at it: the most first, or from A to Z.
bool before(const SortKey& a, const SortKey& b) {
  if (const auto* number = std::get_if<double>(&a); number != nullptr && std::holds_alternative<double>(b))
    return *number > std::get<double>(b);
  return a < b;
}

}  // namespace

bool contains_text(std::string_view text, std::string_view part) {
  return !std::ranges::search(text, part, [](char a, char b) { return lower(a) == lower(b); }).empty() || part.empty();
}

void ListView::set(List list, const std::string& filter) {
  list_ = std::move(list);
  all_ = list_.rows.size();
  if (!filter.empty()) std::erase_if(list_.rows, [&](const auto& row) { return !contains_text(row.searched, filter); });
  sort_ = std::min(sort_, list_.columns.size() - 1);
  sort();
}

void ListView::sort() {
  auto& rows = list_.rows;
  if (list_.columns.empty()) return;
  std::ranges::stable_sort(rows, [&](const auto& a, const auto& b) {
    return reversed_ ? before(b.keys[sort_], a.keys[sort_]) : before(a.keys[sort_], b.keys[sort_]);
  });
  if (chosen_) {
    const auto found = std::ranges::find(rows, *chosen_, &ListRow::id);
    if (found != rows.end())
      position_ = static_cast<std::size_t>(found - rows.begin());
    else
      chosen_.reset();
  }
  position_ = rows.empty() ? 0 : std::min(position_, rows.size() - 1);
}

void ListView::move(std::ptrdiff_t by) {
  if (list_.rows.empty()) return;
  const auto last = static_cast<std::ptrdiff_t>(list_.rows.size()) - 1;
  position_ =
      static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(position_) + by, 0, last));
  chosen_ = list_.rows[position_].id;
}

void ListView::move_to_start() {
  position_ = 0;
  chosen_.reset();
}

void ListView::sort_by(std::size_t column) {
  if (column >= list_.columns.size()) return;
  sort_ = column;
  reversed_ = false;
  sort();
}

void ListView::reverse() {
  reversed_ = !reversed_;
  sort();
}

void ListView::sort_by_next(std::ptrdiff_t by) {
  const auto count = static_cast<std::ptrdiff_t>(list_.columns.size());
  if (count > 0) sort_by(static_cast<std::size_t>((static_cast<std::ptrdiff_t>(sort_) + by + count) % count));
}

std::string ListView::sorted_by() const { return sort_ < list_.columns.size() ? list_.columns[sort_].header : ""; }

std::optional<std::size_t> ListView::find_column(std::string_view header) const {
  for (std::size_t i = 0; i < list_.columns.size(); ++i)
    if (list_.columns[i].header == header) return i;
  return std::nullopt;
}

std::vector<Line> ListView::draw(const Surface& surface, std::size_t height) {
  std::vector<std::vector<std::string>> cells;
  cells.reserve(list_.rows.size());
  for (const auto& row : list_.rows) cells.push_back(row.cells);
  const ScreenTable table(list_.columns, std::move(cells), surface);
  std::vector<Line> lines{table.header(sort_)};
  const auto room = height > 1 ? height - 1 : 0;
  if (position_ < first_) first_ = position_;
  if (position_ >= first_ + room) first_ = position_ + 1 - room;
  if (first_ + room > list_.rows.size()) first_ = list_.rows.size() > room ? list_.rows.size() - room : 0;
  for (std::size_t i = first_; i < list_.rows.size() && lines.size() < height; ++i)
    lines.push_back(table.row(i, i == position_ ? Style::selected : list_.rows[i].dim ? Style::dim : Style::plain));
  return lines;
}

}  // namespace sonda::top
