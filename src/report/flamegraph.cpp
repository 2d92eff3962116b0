#include "report/flamegraph.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "base/escape.h"
#include "report/flamegraph_script.h"
#include "report/lines.h"

namespace sonda::report {
namespace {

std::string folded_name(const Frame& frame) {
  auto name = escape_for_terminal(frame.name);
  std::ranges::replace(name, ';', ':');
  if (name.empty()) name = "[unknown]";
  return frame.kernel ? name + "_[k]" : name;
}

std::string folded_frames(std::span<const Frame> frames) {
  std::string line;
  for (const auto& frame : frames) {
    if (!line.empty()) line += ';';
    line += folded_name(frame);
  }
  return line;
}

constexpr double row_height = 17, side = 12, above = 62, below = 46, narrowest_picture = 300;
// Of the monospaced font; a wide one needs two.
constexpr double letter = 7.3;
// The last row that is drawn: what a kernel collects has 127 frames of a process and 127 of the kernel at most.
constexpr std::size_t deepest = 1000;

std::string readable(std::string_view text) { return escape_for_terminal(text); }

// As much of `name` as fits into `room` pixels.
std::string clipped(const std::string& name, double room) {
  const auto letters = static_cast<std::size_t>(std::max(0.0, (room - 6) / letter));
  return letters < 3 ? std::string() : fitted(name, letters);
}

unsigned hash_of(std::string_view name) {
  std::uint32_t hash = 2166136261;
  for (const char byte : name) hash = (hash ^ static_cast<unsigned char>(byte)) * 16777619;
  return hash ^ hash >> 16;
}

// The same name has the same colour in every picture: warm in a process, blue in the kernel, grey without a name.
std::string colour(std::string_view name, bool kernel) {
  const auto hash = hash_of(name);
  if (name.starts_with('[') || name == "all") return fmt::format("hsl(40,8%,{}%)", 78 + hash % 8);
  const auto hue = kernel ? 195 + hash % 30 : 18 + hash % 36;
  return fmt::format("hsl({},{}%,{}%)", hue, 70 + hash / 64 % 20, 64 + hash / 4096 % 10);
}

class Drawing : MarkupWriter {
 public:
  Drawing(std::vector<FlameFrame> frames, const FlameGraphOptions& options)
      : frames_(std::move(frames)), options_(options), inner_(std::max(options.width, narrowest_picture) - 2 * side) {
    for (const auto& frame : frames_)
      if (is_drawn(frame)) rows_ = std::max(rows_, frame.depth + 1);
  }

  std::string svg() {
    head();
    frames();
    foot();
    return std::move(text_);
  }

 private:
  std::uint64_t total() const { return frames_.front().count; }
  double width() const { return inner_ + 2 * side; }
  double height() const { return above + static_cast<double>(rows_) * row_height + below; }
  double pixels(std::uint64_t count) const {
    return total() == 0 ? 0 : inner_ * static_cast<double>(count) / static_cast<double>(total());
  }
  bool is_drawn(const FlameFrame& frame) const {
    return total() != 0 && frame.depth < deepest && (frame.depth == 0 || pixels(frame.count) >= options_.narrowest);
  }

  void head() {
    add("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n");
    add("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} "
        "{1:.0f}\" "
        "data-left=\"{2}\" data-width=\"{3}\" data-letter=\"{4}\">\n",
        width(), height(), side, inner_, letter);
    add("<style>{}</style>\n", flamegraph_style);
    add("<text class=\"title\" x=\"{:.0f}\" y=\"24\">{}</text>\n", width() / 2,
        escape_markup(readable(options_.title)));
    add("<text class=\"subtitle\" x=\"{:.0f}\" y=\"42\">{}</text>\n", width() / 2,
        escape_markup(readable(options_.subtitle)));
    add("<text class=\"button reset hidden\" x=\"{}\" y=\"24\">Reset zoom</text>\n", side);
    add("<text class=\"button search\" x=\"{:.0f}\" y=\"24\" text-anchor=\"end\">Search</text>\n", width() - side);
    add("<text class=\"note matched\" x=\"{:.0f}\" y=\"42\" text-anchor=\"end\"> </text>\n", width() - side);
  }

  void frames() {
    for (const auto& frame : frames_) {
      if (is_drawn(frame))
        draw(frame);
      else if (total() != 0)
        ++left_out_;
    }
  }

  void draw(const FlameFrame& frame) {
    const auto name = frame.frame == nullptr ? "all" : readable(frame.frame->name);
    const bool kernel = frame.frame != nullptr && frame.frame->kernel;
    const auto x = side + pixels(frame.start), room = pixels(frame.count);
    const auto y = above + static_cast<double>(rows_ - 1 - frame.depth) * row_height;
    const auto share = 100 * static_cast<double>(frame.count) / static_cast<double>(total());
    add("<g class=\"frame\" data-name=\"{}\" data-depth=\"{}\" data-start=\"{}\" data-count=\"{}\">",
        escape_markup(name), frame.depth, frame.start, frame.count);
    add("<title>{}{} ({} {}, {:.2f} %)</title>", escape_markup(name), kernel ? " [kernel]" : "", frame.count,
        escape_markup(readable(options_.unit)), share);
    add("<rect x=\"{:.2f}\" y=\"{}\" width=\"{:.2f}\" height=\"{}\" rx=\"1.5\" fill=\"{}\"/>", x, y, room,
        row_height - 1, colour(name, kernel));
    add("<text x=\"{:.2f}\" y=\"{}\">{}</text></g>\n", x + 3, y + 12, escape_markup(clipped(name, room)));
  }

  void foot() {
    const auto y = height() - below + 20;
    if (total() == 0) add("<text class=\"note\" x=\"{}\" y=\"{}\">no stacks were collected</text>\n", side, above);
    add("<text class=\"details\" x=\"{}\" y=\"{}\"> </text>\n", side, y);
    if (left_out_ != 0)
      add("<text class=\"note\" x=\"{}\" y=\"{}\">{} frames too narrow to draw are left out</text>\n", side, y + 18,
          left_out_);
    add("<script><![CDATA[{}]]></script>\n</svg>\n", flamegraph_script);
  }

  std::vector<FlameFrame> frames_;
  const FlameGraphOptions& options_;
  double inner_;
  std::size_t rows_ = 1, left_out_ = 0;
};

}  // namespace

std::string folded_line(const CountedStack& stack) {
  return fmt::format("{} {}\n", folded_frames(stack.frames), stack.count);
}

std::string folded_text(std::span<const CountedStack> stacks) {
  std::map<std::string, std::uint64_t> lines;
  for (const auto& stack : stacks)
    if (!stack.frames.empty()) lines[folded_frames(stack.frames)] += stack.count;
  std::string text;
  for (const auto& [line, count] : lines) text += fmt::format("{} {}\n", line, count);
  return text;
}

std::vector<FlameFrame> flame_frames(std::span<const CountedStack> stacks) {
  std::vector<const CountedStack*> sorted;
  for (const auto& stack : stacks)
    if (stack.count != 0) sorted.push_back(&stack);
  std::ranges::stable_sort(sorted, {}, [](const CountedStack* stack) -> const auto& { return stack->frames; });

  std::vector<FlameFrame> frames{{}};
  std::vector<std::size_t> open{0};  // indices of the frames that the last stack was in, outermost first
  std::uint64_t total = 0;
  const std::vector<Frame> none;
  const auto* last = &none;
  for (const auto* stack : sorted) {
    const auto same = std::ranges::mismatch(*last, stack->frames);
    open.resize(static_cast<std::size_t>(same.in1 - last->begin()) + 1);
    for (auto at = same.in2; at != stack->frames.end(); ++at) {
      frames.push_back({.frame = &*at, .depth = open.size(), .start = total});
      open.push_back(frames.size() - 1);
    }
    for (const auto index : open) frames[index].count += stack->count;
    total += stack->count;
    last = &stack->frames;
  }
  return frames;
}

std::string flamegraph_svg(std::span<const CountedStack> stacks, const FlameGraphOptions& options) {
  return Drawing(flame_frames(stacks), options).svg();
}

}  // namespace sonda::report
