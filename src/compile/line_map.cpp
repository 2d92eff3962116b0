#include "compile/line_map.h"

#include <algorithm>

#include "base/text.h"

namespace sonda {
namespace {

using Lines = std::vector<std::string_view>;

/// Beyond this product of lengths the table would cost more than it is worth; lines then count as they stand.
constexpr std::size_t table_limit = 16UL << 20;

/// For each line of b its partner in a (index), or -1: a longest common subsequence of what is left between a common
/// beginning and a common end.
std::vector<std::ptrdiff_t> anchors(const Lines& a, const Lines& b) {
  std::vector<std::ptrdiff_t> partner(b.size(), -1);
  std::size_t begin = 0;
  while (begin < a.size() && begin < b.size() && a[begin] == b[begin]) {
    partner[begin] = static_cast<std::ptrdiff_t>(begin);
    ++begin;
  }
  std::size_t a_end = a.size(), b_end = b.size();
  while (a_end > begin && b_end > begin && a[a_end - 1] == b[b_end - 1])
    partner[--b_end] = static_cast<std::ptrdiff_t>(--a_end);

  const std::size_t rows = a_end - begin, columns = b_end - begin;
  if (rows == 0 || columns == 0 || rows * columns > table_limit) return partner;
  std::vector<std::uint16_t> length((rows + 1) * (columns + 1));
  const auto at = [&](std::size_t row, std::size_t column) -> std::uint16_t& {
    return length[row * (columns + 1) + column];
  };
  for (std::size_t row = rows; row-- > 0;)
    for (std::size_t column = columns; column-- > 0;)
      at(row, column) = a[begin + row] == b[begin + column] ? static_cast<std::uint16_t>(at(row + 1, column + 1) + 1)
                                                            : std::max(at(row + 1, column), at(row, column + 1));
  for (std::size_t row = 0, column = 0; row < rows && column < columns;) {
    if (a[begin + row] == b[begin + column]) {
      partner[begin + column++] = static_cast<std::ptrdiff_t>(begin + row++);
    } else if (at(row + 1, column) >= at(row, column + 1)) {
      ++row;
    } else {
      ++column;
    }
  }
  return partner;
}

}  // namespace

std::vector<std::uint32_t> map_lines(std::string_view original, std::string_view rewritten) {
  const auto a = split_lines(original), b = split_lines(rewritten);
  const auto partner = anchors(a, b);
  std::vector<std::uint32_t> result(b.size(), 0);
  std::ptrdiff_t before = -1;  // the last anchor's line of a
  for (std::size_t gap = 0; gap < b.size();) {
    if (partner[gap] >= 0) {
      before = partner[gap];
      result[gap++] = static_cast<std::uint32_t>(before + 1);
      continue;
    }
    auto end = gap;
    while (end < b.size() && partner[end] < 0) ++end;
    const auto after = end < b.size() ? partner[end] : static_cast<std::ptrdiff_t>(a.size());
    const auto theirs = static_cast<std::ptrdiff_t>(end - gap), ours = after - before - 1;
    for (std::ptrdiff_t k = 0; k < theirs; ++k) {
      // Extra lines stand in front of what they were put before; with none of ours left, that is the next anchor.
      const auto line =
          ours == 0
              ? after
              : before + 1 + std::clamp(k - std::max<std::ptrdiff_t>(theirs - ours, 0), std::ptrdiff_t{0}, ours - 1);
      result[gap + static_cast<std::size_t>(k)] =
          static_cast<std::uint32_t>(std::min(line, static_cast<std::ptrdiff_t>(a.size()) - 1) + 1);
    }
    gap = end;
  }
  return result;
}

}  // namespace sonda
