#include "compile/line_map.h"

#include <algorithm>
#include <iterator>

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

struct Word {
  std::string_view text;
  TextPlace place;
};

/// Names, numbers and strings; of all else each character.
std::size_t word_length(std::string_view text) {
  if (is_name_character(text.front())) {
    const auto end = std::ranges::find_if_not(text, is_name_character);
    return static_cast<std::size_t>(end - text.begin());
  }
  if (text.front() != '"') return 1;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\') ++at;
  }
  return text.size();
}

/// Those of lines [begin, end).
std::vector<Word> words_of(const Lines& lines, std::size_t begin, std::size_t end) {
  std::vector<Word> words;
  for (auto number = begin; number < end; ++number) {
    const auto line = lines[number];
    for (std::size_t at = 0; at < line.size();) {
      if (line[at] == ' ' || line[at] == '\t') {
        ++at;
        continue;
      }
      const auto length = word_length(line.substr(at));
      words.push_back(
          {line.substr(at, length), {static_cast<std::uint32_t>(number + 1), static_cast<std::uint32_t>(at + 1)}});
      at += length;
    }
  }
  return words;
}

/// For each word of b its partner in a (index), or -1: a common subsequence in which long words count for more than
/// punctuation.
std::vector<std::ptrdiff_t> partners(const std::vector<Word>& a, const std::vector<Word>& b) {
  std::vector<std::ptrdiff_t> partner(b.size(), -1);
  const auto columns = b.size() + 1;
  if (a.empty() || b.empty() || (a.size() + 1) * columns > table_limit) return partner;
  std::vector<std::uint32_t> weight((a.size() + 1) * columns);
  const auto at = [&](std::size_t i, std::size_t k) -> std::uint32_t& { return weight[i * columns + k]; };
  const auto together = [&](std::size_t i, std::size_t k) {
    return at(i + 1, k + 1) + static_cast<std::uint32_t>(a[i].text.size());
  };
  for (std::size_t i = a.size(); i-- > 0;)
    for (std::size_t k = b.size(); k-- > 0;) {
      at(i, k) = std::max(at(i + 1, k), at(i, k + 1));
      if (a[i].text == b[k].text) at(i, k) = std::max(at(i, k), together(i, k));
    }
  for (std::size_t i = 0, k = 0; i < a.size() && k < b.size();) {
    if (a[i].text == b[k].text && at(i, k) == together(i, k)) {
      partner[k++] = static_cast<std::ptrdiff_t>(i++);
    } else if (at(i, k) == at(i, k + 1)) {
      ++k;
    } else {
      ++i;
    }
  }
  return partner;
}

/// The place of a's words that belongs to the word of b with that index.
TextPlace place_of(const std::vector<Word>& a, const std::vector<Word>& b, std::size_t index) {
  const auto partner = partners(a, b);
  if (partner[index] >= 0) return a[static_cast<std::size_t>(partner[index])].place;
  const auto known = [](std::ptrdiff_t one) { return one >= 0; };
  const auto here = partner.begin() + static_cast<std::ptrdiff_t>(index);
  const auto before = std::find_if(std::make_reverse_iterator(here), partner.rend(), known);
  const auto first = before == partner.rend() ? 0 : *before + 1;
  // What stands between two partners was replaced by what stands between theirs.
  return a[std::min(static_cast<std::size_t>(first), a.size() - 1)].place;
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

TextPlace original_place(std::string_view original, std::string_view rewritten, TextPlace place) {
  const auto a = split_lines(original), b = split_lines(rewritten);
  if (place.line == 0 || place.line > b.size() || a.empty()) return {};
  const auto partner = anchors(a, b);
  const auto line = static_cast<std::size_t>(place.line - 1);
  if (partner[line] >= 0) {
    const auto end = static_cast<std::uint32_t>(b[line].size());
    return {static_cast<std::uint32_t>(partner[line] + 1), std::min(place.column, end)};
  }
  // The lines around it that are not the same in both, up to those that are.
  auto begin = line, end = line + 1;
  while (begin > 0 && partner[begin - 1] < 0) --begin;
  while (end < b.size() && partner[end] < 0) ++end;
  const auto a_begin = begin == 0 ? 0 : static_cast<std::size_t>(partner[begin - 1] + 1);
  const auto a_end = end == b.size() ? a.size() : static_cast<std::size_t>(partner[end]);
  const auto ours = words_of(a, a_begin, a_end), theirs = words_of(b, begin, end);
  if (ours.empty() || theirs.empty()) return {map_lines(original, rewritten)[line], 0};
  const auto next = std::ranges::find_if(theirs, [&](const Word& word) {
    return word.place.line > place.line || (word.place.line == place.line && word.place.column > place.column);
  });
  const auto index = next == theirs.begin() ? 0 : static_cast<std::size_t>(next - theirs.begin()) - 1;
  return place_of(ours, theirs, index);
}

UserText::UserText(std::string name, std::string_view source, std::string_view rewritten)
    : name_(std::move(name)),
      lines_(map_lines(source, rewritten)),
      source_(split_lines(source)),
      rewritten_(split_lines(rewritten)) {}

TextPlace UserText::written(TextPlace compiled) const {
  if (compiled.line == 0 || compiled.line > lines_.size()) return {};
  const auto line = lines_[compiled.line - 1];
  const bool untouched = this->line(line) == rewritten_.at(compiled.line - 1);
  return {line, untouched ? compiled.column : 0};
}

std::string_view UserText::line(std::uint32_t number) const {
  return number == 0 || number > source_.size() ? std::string_view() : source_[number - 1];
}

}  // namespace sonda
