// What a screen shows, without any terminal: lines of text in styles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sonda::top {

enum class Style : std::uint8_t { plain, title, header, sorted, selected, dim, strong, warning, graph };

struct Span {
  std::string text;
  Style style = Style::plain;
};
using Line = std::vector<Span>;

/// What the terminal is like.
struct Surface {
  std::size_t columns = 80, rows = 24;
  bool utf8 = true;
};

enum class Side : std::uint8_t { left, right };

/// `text` in exactly `width` columns: padded, or cut with a mark. Harmless text in, harmless text out; where there is
/// no UTF-8, what is not ASCII becomes '?'.
std::string fit(std::string_view text, std::size_t width, Side side, bool utf8);
/// The same without padding.
std::string cut(std::string_view text, std::size_t width, bool utf8);

/// A line of one style, as wide as the surface.
Line line_of(std::string_view text, Style style, const Surface& surface);

/// The line's text, for tests and for terminals that know no styles.
std::string plain_text(const Line& line);

/// The last `width` values as columns, the newest at the right, over `height` lines (the first is the upper one), in
/// proportion to the largest of them; what is not negative and not zero is at least a dot. Block characters, or ASCII.
std::vector<std::string> graph(std::span<const double> values, std::size_t width, std::size_t height, bool utf8);

/// One column of a table on a screen.
struct ScreenColumn {
  std::string header;
  Side side = Side::left;
  std::size_t rank = 0;   ///< columns of higher rank go first where there is no room
  std::size_t least = 0;  ///< narrower than this it is left out; at least its header's width
  std::size_t good = 0;   ///< grows to this, if it has so much to say, before columns that are `spare` are shown
  bool spare = false;     ///< only where there is room to spare; of higher rank than the others
};

/// A table fitted to a screen: which columns there is room for, and how wide each is.
class ScreenTable {
 public:
  /// `rows`: cells for each column, harmless.
  ScreenTable(std::vector<ScreenColumn> columns, std::vector<std::vector<std::string>> rows, const Surface& surface);

  Line header(std::size_t sorted) const;
  Line row(std::size_t index, Style style) const;
  bool shows(std::size_t column) const { return widths_[column] > 0; }

 private:
  std::vector<ScreenColumn> columns_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> widths_;  // 0: not shown
  Surface surface_;
};

/// A key that was pressed.
struct Key {
  enum class Code : std::uint8_t {
    character,
    up,
    down,
    left,
    right,
    page_up,
    page_down,
    home,
    end,
    enter,
    escape,
    backspace,
    tab,
    help,
    interrupt,  ///< Ctrl-C
    redraw      ///< the terminal has another size, or is ours again
  };
  Code code = Code::character;
  char32_t character = 0;  ///< for Code::character
};

}  // namespace sonda::top
