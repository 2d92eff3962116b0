#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/escape.h"
#include "report/explanation/wording.h"
#include "report/lines.h"

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

constexpr double letter = 7.6;

/// The functions in columns: each to the right of those that jump to it. A loop ends where it comes back.
class GraphDrawing : MarkupWriter {
  static constexpr double box_width = 230, box_height = 46, across = 110, down = 30, margin = 12;

 public:
  explicit GraphDrawing(const Explanation& explanation) : explanation_(explanation) {
    for (const auto& function : explanation.functions) place(function.name);
    for (const auto& edge : explanation.tail_calls) {
      place(edge.from);
      place(end_of(edge));
    }
    for (std::size_t round = 0; round < boxes_.size(); ++round)
      for (const auto& edge : explanation.tail_calls) {
        auto& to = boxes_[end_of(edge)];
        const auto next = boxes_[edge.from].column + 1;
        if (edge.from != end_of(edge) && to.column < next && next < boxes_.size()) to.column = next;
      }
    std::map<std::size_t, std::size_t> rows;
    for (const auto& name : order_) boxes_[name].row = rows[boxes_[name].column]++;
  }

  std::string svg() {
    std::size_t columns = 1, rows = 1;
    for (const auto& [name, box] : boxes_) {
      columns = std::max(columns, box.column + 1);
      rows = std::max(rows, box.row + 1);
    }
    for (const auto& edge : explanation_.tail_calls) draw(edge);
    for (const auto& name : order_) draw(name);
    const auto width = 2 * margin + static_cast<double>(columns) * (box_width + across) - across;
    const bool back = text_.find("edge back") != std::string::npos;
    const auto height = 2 * margin + static_cast<double>(rows) * (box_height + down) - (back ? 0 : down);
    return fmt::format(
        "<svg class=\"calls\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" height=\"{1:.0f}\" role=\"img\" "
        "aria-label=\"tail calls\">\n<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" "
        "markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path class=\"head\" d=\"M0 0L8 4L0 8z\"/></marker>"
        "</defs>\n{2}</svg>\n",
        width, height, text_);
  }

 private:
  struct Box {
    std::size_t column = 0, row = 0;
  };

  /// What is drawn where an edge leads: an empty slot has a box of its own.
  static std::string end_of(const TailCallEdge& edge) { return edge.to.empty() ? "(empty slot)" : edge.to; }

  void place(const std::string& name) {
    if (boxes_.try_emplace(name).second) order_.push_back(name);
  }
  double x(const Box& box) const { return margin + static_cast<double>(box.column) * (box_width + across); }
  double y(const Box& box) const { return margin + static_cast<double>(box.row) * (box_height + down); }

  void draw(const TailCallEdge& edge) {
    const auto &from = boxes_[edge.from], &to = boxes_[end_of(edge)];
    const auto label = fmt::format("{}[{}]", edge.array, edge.index ? std::to_string(*edge.index) : "?");
    const auto x1 = x(from) + box_width, y1 = y(from) + box_height / 2, x2 = x(to), y2 = y(to) + box_height / 2;
    if (to.column > from.column) {
      add("<path class=\"edge\" d=\"M{0:.0f} {1:.0f}C{2:.0f} {1:.0f} {3:.0f} {4:.0f} {5:.0f} {4:.0f}\" "
          "marker-end=\"url(#arrow)\"/>",
          x1, y1, x1 + across / 2, x2 - across / 2, y2, x2);
    } else {  // back, below the boxes
      const auto low = std::max(y(from), y(to)) + box_height + down / 2;
      add("<path class=\"edge back\" d=\"M{0:.0f} {1:.0f}C{0:.0f} {2:.0f} {3:.0f} {2:.0f} {3:.0f} {4:.0f}\" "
          "marker-end=\"url(#arrow)\"/>",
          x(from) + box_width / 2, y(from) + box_height, low, x(to) + box_width / 3, y(to) + box_height);
    }
    const auto tx = to.column > from.column ? (x1 + x2) / 2 : x(from) + box_width / 2;
    const auto ty = to.column > from.column ? (y1 + y2) / 2 - 6 : y(from) + box_height + down / 2;
    add("<text class=\"label\" x=\"{:.0f}\" y=\"{:.0f}\" text-anchor=\"middle\">{}</text>\n", tx, ty, page_text(label));
  }

  void draw(const std::string& name) {
    const auto& box = boxes_[name];
    const auto function = std::ranges::find(explanation_.functions, name, &FunctionExplanation::name);
    const bool known = function != explanation_.functions.end();
    const auto index = function - explanation_.functions.begin();
    if (known) add("<a href=\"#f{}\">", index);
    add("<g class=\"box{}\"><rect x=\"{:.0f}\" y=\"{:.0f}\" width=\"{}\" height=\"{}\" rx=\"6\"/>",
        known ? "" : " none", x(box), y(box), box_width, box_height);
    add("<text x=\"{:.0f}\" y=\"{:.0f}\">{}</text>", x(box) + 10, y(box) + 19, page_text(clipped(name)));
    const auto below = !known                     ? std::string("the jump does nothing")
                       : function->points.empty() ? std::string("reached by tail calls")
                                                  : function->points.front();
    add("<text class=\"note\" x=\"{:.0f}\" y=\"{:.0f}\">{}</text></g>", x(box) + 10, y(box) + 36,
        page_text(clipped(below)));
    if (known) add("</a>");
    add("\n");
  }

  /// Its end tells names apart better than its beginning.
  static std::string clipped(const std::string& name) {
    const auto room = static_cast<std::size_t>((box_width - 20) / letter);
    return name.size() <= room ? name : ".." + name.substr(name.size() - room + 2);
  }

  const Explanation& explanation_;
  std::map<std::string, Box> boxes_;
  std::vector<std::string> order_;
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

std::string call_picture(const Explanation& explanation) {
  return explanation.tail_calls.empty() ? std::string() : GraphDrawing(explanation).svg();
}

}  // namespace sonda::report
