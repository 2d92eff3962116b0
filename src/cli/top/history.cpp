#include "cli/top/history.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace sonda::top {
namespace {

constexpr std::array<std::string_view, 9> blocks{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<std::string_view, 5> letters{" ", ".", ":", "|", "#"};

/// Of `steps` in each line, how many a value fills.
std::size_t filled(double value, double largest, std::size_t steps) {
  if (!(value > 0) || !(largest > 0)) return 0;
  const auto share = std::min(value / largest, 1.0) * static_cast<double>(steps);
  return std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(share)));
}

template <std::size_t count>
std::vector<std::string> draw(std::span<const double> values, std::size_t width, std::size_t height,
                              const std::array<std::string_view, count>& signs) {
  constexpr std::size_t steps = count - 1;
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

}  // namespace

std::vector<std::string> graph(std::span<const double> values, std::size_t width, std::size_t height, bool utf8) {
  const auto shown = values.last(std::min(values.size(), width));
  return utf8 ? draw(shown, width, height, blocks) : draw(shown, width, height, letters);
}

}  // namespace sonda::top
