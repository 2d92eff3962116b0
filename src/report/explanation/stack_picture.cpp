#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "report/explanation/pictures.h"
#include "report/explanation/wording.h"
#include "report/markup.h"

namespace sonda::report {
namespace {

constexpr double stack_bytes = 512, pixels_for_a_byte = 2.4, lowest = 24;

double height_of(std::uint32_t bytes) { return std::max(lowest, bytes * pixels_for_a_byte); }

std::string_view class_of(const StackSlot& slot) {
  if (slot.spill) return "spill";
  return slot.certainty == StackSlot::Certainty::guess ? "guess" : "unknown";
}

class StackDrawing : MarkupWriter {
  static constexpr double left = 64, width = 300, above = 22, gauge = 14;

 public:
  explicit StackDrawing(const FunctionExplanation& function) : function_(function) {}

  std::string svg() {
    add("<text class=\"edge\" x=\"{}\" y=\"14\">frame pointer (R10)</text>\n", left);
    int end = 0;
    for (const auto& slot : function_.stack) {
      if (const int behind = slot.offset + static_cast<int>(slot.size); behind < end) draw_gap(end - behind, behind);
      draw(slot);
      end = std::min(end, slot.offset);
    }
    const auto height = y_ + gauge + 30;
    const auto used = width * std::min(function_.stack_bytes / stack_bytes, 1.0);
    add("<rect class=\"gauge\" x=\"{}\" y=\"{:.1f}\" width=\"{}\" height=\"6\" rx=\"3\"/>", left, y_ + gauge, width);
    add("<rect class=\"used\" x=\"{}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"6\" rx=\"3\"/>", left, y_ + gauge,
        std::max(used, 3.0));
    add("<text class=\"edge\" x=\"{}\" y=\"{:.1f}\">{} of 512 bytes</text>\n", left, y_ + gauge + 22,
        function_.stack_bytes);
    return fmt::format(
        "<svg class=\"stack\" viewBox=\"0 0 {0} {1:.0f}\" width=\"{0}\" height=\"{1:.0f}\" role=\"img\" "
        "aria-label=\"the stack of {2}\">\n{3}</svg>\n",
        left + width + 8, height, page_text(function_.name), text_);
  }

 private:
  void draw_gap(int bytes, int from) {
    add("<rect class=\"gap\" x=\"{}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\"/>", left, y_, width, lowest - 4);
    add("<text class=\"note\" x=\"{}\" y=\"{:.1f}\">{} bytes that nothing touches (fp{})</text>\n", left + 8,
        y_ + lowest / 2 + 2, bytes, from);
    y_ += lowest - 4;
  }

  void draw(const StackSlot& slot) {
    const auto height = height_of(slot.size);
    const auto name = !slot.name.empty() ? slot.name : slot.spill ? "a register put aside" : "not named";
    add("<g class=\"slot {}\" data-instructions=\"{}\"><title>{}</title>", class_of(slot), numbers(slot),
        page_text(certainty_of(slot)));
    add("<rect x=\"{}\" y=\"{:.1f}\" width=\"{}\" height=\"{:.1f}\"/>", left, y_, width, height);
    add("<text class=\"offset\" x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">fp{}</text>", left - 8, y_ + height - 6,
        slot.offset);
    add("<text class=\"name\" x=\"{}\" y=\"{:.1f}\">{}</text>", left + 8, y_ + height / 2 + 4, page_text(name));
    add("<text class=\"note\" x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{} B</text></g>\n", left + width - 8,
        y_ + height / 2 + 4, slot.size);
    y_ += height;
  }

  static std::string numbers(const StackSlot& slot) {
    std::string text;
    for (const auto number : slot.instructions) text += (text.empty() ? "" : " ") + std::to_string(number);
    return text;
  }

  const FunctionExplanation& function_;
  double y_ = above;
};

}  // namespace

std::string page_text(std::string_view bytes) {
  std::string plain;
  for (const char c : bytes) plain += c == '\t' ? std::string("    ") : std::string(1, c);
  // A backslash of the source is no escape here.
  return escape_markup(escape_lines_for_terminal(plain));
}

std::string stack_picture(const FunctionExplanation& function) {
  return function.stack.empty() ? std::string() : StackDrawing(function).svg();
}

}  // namespace sonda::report
