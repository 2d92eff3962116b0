// A list on the screen: sorted, filtered, with a cursor that stays on its row while rows move.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/top/screen_text.h"

namespace sonda::top {

using SortKey = std::variant<double, std::string>;

struct ListRow {
  std::string id;                  ///< what tells it from other rows
  std::vector<std::string> cells;  ///< one for each column, harmless
  std::vector<SortKey> keys;       ///< one for each column; -infinity where there is no number
  std::string searched;            ///< what the filter looks into
  bool dim = false;
};

struct List {
  std::vector<ScreenColumn> columns;
  std::vector<ListRow> rows;
};

/// Whether `text` has `part` in it, whatever the case of ASCII letters is.
bool contains_text(std::string_view text, std::string_view part);

class ListView {
 public:
  /// Sorted by `column` at first.
  explicit ListView(std::size_t column) : sort_(column) {}

  /// New rows. The cursor stays on the row that was chosen, if it is still there.
  void set(List list, const std::string& filter);

  void move(std::ptrdiff_t by);
  void move_to_start();
  void move_to_end() { move(static_cast<std::ptrdiff_t>(list_.rows.size())); }
  /// Numbers begin with the largest, text with the first; `reverse` turns that.
  void sort_by(std::size_t column);
  void sort_by_next(std::ptrdiff_t by);
  void reverse();
  /// Takes all but the first `most` rows away.
  void keep(std::size_t most) {
    if (most < list_.rows.size()) list_.rows.resize(most);
  }
  std::size_t sort_column() const noexcept { return sort_; }
  bool reversed() const noexcept { return reversed_; }
  /// The header of the column that it is sorted by.
  std::string sorted_by() const;
  /// The column with this header.
  std::optional<std::size_t> find_column(std::string_view header) const;

  std::size_t size() const noexcept { return list_.rows.size(); }
  /// Without those that the filter leaves out.
  std::size_t all() const noexcept { return all_; }
  const ListRow* selected() const { return list_.rows.empty() ? nullptr : &list_.rows[position_]; }
  const std::vector<ListRow>& rows() const noexcept { return list_.rows; }
  const std::vector<ScreenColumn>& columns() const noexcept { return list_.columns; }

  /// Header and rows, `height` lines in all.
  std::vector<Line> draw(const Surface& surface, std::size_t height);

 private:
  void sort();
  List list_;
  std::size_t sort_, all_ = 0, position_ = 0, first_ = 0;
  bool reversed_ = false;
  std::optional<std::string> chosen_;  // nothing: the cursor stays where it is, whatever row comes there
};

}  // namespace sonda::top
