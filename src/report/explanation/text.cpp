#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/escape.h"
#include "base/text.h"
#include "report/explanation/printers.h"
#include "report/explanation/wording.h"
#include "report/lines.h"

namespace sonda::report {
namespace {

constexpr std::size_t narrowest_for_native = 96, narrowest_for_columns = 60, narrowest = 20;

enum class Ink { plain, heading, source, faint, good, bad, marked };

std::string_view code_of(Ink ink) {
  constexpr std::string_view codes[] = {"", "\x1b[1m", "\x1b[1;36m", "\x1b[2m", "\x1b[32m", "\x1b[31m", "\x1b[33m"};
  return codes[static_cast<std::size_t>(ink)];
}

class Printer {
 public:
  Printer(const Explanation& explanation, const ExplanationStyle& style)
      : explanation_(explanation), style_(style), width_(std::max(style.width, narrowest)) {}

  std::string print() {
    put(Ink::heading, fmt::format("{} on Linux {}", explanation_.probe, explanation_.kernel));
    for (const auto& function : explanation_.functions) print_function(function);
    print_calls();
    print_maps();
    return std::move(text_);
  }

 private:
  bool columns() const { return style_.columns && width_ >= narrowest_for_columns; }

  std::string inked(Ink ink, const std::string& text) const {
    const auto code = style_.colours ? code_of(ink) : std::string_view();
    return code.empty() || text.empty() ? text : fmt::format("{}{}\x1b[0m", code, text);
  }

  /// One line, cut to the terminal's width where columns are wanted.
  void put(Ink ink, std::string_view text) {
    const auto line = one_line(text);
    text_ += inked(ink, style_.columns ? fitted(line, width_) : line) + "\n";
  }
  /// Lines as many as it takes: broken at blanks, the further ones indented like the first.
  void put_wrapped(Ink ink, std::size_t indent, std::string_view text) {
    const auto line = one_line(text);
    if (!style_.columns) return put(ink, std::string(indent, ' ') + line);
    const std::string margin(std::min(indent, width_ / 3), ' ');
    for (const auto& part : wrapped(line, width_ - margin.size())) put(ink, margin + part);
  }

  /// A line of the source behind its number, and where it goes on behind a blank.
  void put_source(std::string number, std::string_view source) {
    const auto line = one_line(source);
    const auto room = width_ - number.size() - 3;
    for (const auto& part : style_.columns ? wrapped(line, room) : std::vector{line}) {
      put(Ink::source, fmt::format("{} | {}", number, part));
      number.assign(number.size(), ' ');
    }
  }

  /// As many on a line as fit; each on its own where no columns are wanted.
  void put_items(Ink ink, std::size_t indent, const std::vector<std::string>& items) {
    std::string line;
    for (const auto& item : items) {
      const bool fits =
          style_.columns && !line.empty() && indent + display_width(line) + 3 + display_width(one_line(item)) <= width_;
      if (!line.empty() && !fits) put_wrapped(ink, indent, std::exchange(line, {}));
      line += (line.empty() ? "" : "   ") + item;
    }
    if (!line.empty()) put_wrapped(ink, indent, line);
  }

  void print_function(const FunctionExplanation& function) {
    text_ += "\n";
    put(Ink::heading, fmt::format("{} ({})", function.name, function.type));
    put_wrapped(Ink::plain, 2, join(figures_of(function), ", "));
    for (const auto& point : function.points) put_wrapped(Ink::plain, 2, "at " + point);
    if (function.refusal)
      print_refusal(*function.refusal);
    else
      put(Ink::good, "  the kernel takes it");
    if (!function.no_states.empty()) put_wrapped(Ink::marked, 2, "no registers: " + function.no_states);
    if (!function.no_native.empty() && !function.refusal)
      put_wrapped(Ink::marked, 2, "native code: " + function.no_native);
    print_code(function);
    print_stack(function);
    print_helpers(function);
  }

  void print_refusal(const RefusalExplanation& refusal) {
    put(Ink::bad, "  the kernel refuses it:");
    const auto message = message_of(refusal);
    std::string_view rest = message;
    while (!rest.empty()) {
      const auto line = rest.substr(0, rest.find('\n'));
      // What stands below a caret keeps its place; messages are broken where they are too long.
      const auto start = std::min(line.find_first_not_of(' '), line.size());
      const bool note = line.substr(start).starts_with("= ");
      if (line.starts_with(' ') && !note)
        put(Ink::plain, fmt::format("  {}", line));
      else
        put_wrapped(Ink::plain, 2 + start, line.substr(start));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
    if (!refusal.path.empty()) {
      put(Ink::heading, "  the way there:");
      for (const auto& step : refusal.path) {
        const auto source = source_line(explanation_, step.line);
        if (step.line != 0) put_source(fmt::format("  {:>5}", step.line), source);
        put_wrapped(Ink::plain, 10, step.text);
      }
    }
    if (!refusal.change) return;
    put_wrapped(Ink::heading, 2, "the smallest change that satisfies the verifier (tried: it loads):");
    for (const auto& line : changed_lines(explanation_, *refusal.change)) {
      const auto number = line.line != 0 ? std::to_string(line.line) : std::string();
      put(line.mark == '+'   ? Ink::good
          : line.mark == '-' ? Ink::bad
                             : Ink::source,
          fmt::format("{} {:>5} | {}", line.mark, number, line.text));
    }
  }

  void print_code(const FunctionExplanation& function) {
    print_entry(function.entry);
    for (const auto& group : groups_of(function)) {
      if (const auto& called = group.code.front()->begins; !called.empty()) {
        text_ += "\n";
        put(Ink::heading, fmt::format("  {}, which is called", called));
        print_entry(group.code.front()->entry);
      }
      text_ += "\n";
      const auto source = source_line(explanation_, group.line);
      if (group.line != 0)
        put_source(fmt::format("{:>5}", group.line), source);
      else
        put_source("     ", "(of no line: made by the compiler)");
      for (const auto* line : group.code) print_instruction(function, *line);
    }
  }

  void print_entry(const std::vector<NativeLine>& entry) {
    if (entry.empty()) return;
    text_ += "\n";
    put(Ink::faint, "        the frame, made by the JIT");
    for (const auto& native : entry) print_native(native);
  }

  static std::string native_text(const NativeLine& native, const char* no_instruction) {
    return fmt::format("0x{:<5x}{}{}", native.offset, native.text.empty() ? no_instruction : native.text,
                       native.note.empty() ? "" : "  ; " + native.note);
  }

  void print_native(const NativeLine& native) {
    put(Ink::faint, "          " + native_text(native, "(bytes that are no instruction)"));
  }

  void print_instruction(const FunctionExplanation& function, const BpfLine& line) {
    const bool walked = line.visits != 0 || !function.no_states.empty();
    const auto ink = !line.removed && walked ? Ink::plain : function.refusal ? Ink::faint : Ink::bad;
    const auto bpf = fmt::format("{:>8}  {}", line.index, line.text);
    const bool beside = columns() && width_ >= narrowest_for_native;
    if (beside)
      print_beside(bpf, line, ink);
    else
      put(ink, bpf);
    print_facts(function, line);
    if (!beside)
      for (const auto& native : line.native) print_native(native);
  }

  void print_beside(const std::string& bpf, const BpfLine& line, Ink ink) {
    const auto left = std::min<std::size_t>(width_ / 2, 56);
    auto first = fitted(one_line(bpf), left);
    const std::string blank(left + 1, ' ');
    if (line.native.empty()) return put(ink, first);
    first.append(left + 1 - display_width(first), ' ');
    for (std::size_t i = 0; i < line.native.size(); ++i) {
      const auto text = native_text(line.native[i], "?");
      text_ +=
          (i == 0 ? inked(ink, first) : blank) + inked(Ink::faint, fitted(one_line(text), width_ - left - 1)) + "\n";
    }
  }

  void print_facts(const FunctionExplanation& function, const BpfLine& line) {
    constexpr std::size_t indent = 12;
    if (line.call && !line.call->signature.empty()) put_wrapped(Ink::good, indent, line.call->signature);
    if (line.call && !line.map.empty()) put_wrapped(Ink::good, indent, "map " + line.map);
    if (!line.note.empty()) put_wrapped(Ink::good, indent, line.note);
    std::vector<std::string> facts;
    for (const auto& fact : line.registers) {
      const auto states = states_of(fact, style_.words);
      facts.push_back(style_.words ? fmt::format("R{}{}: {}", fact.number, fact.written ? " becomes" : "", states)
                                   : fmt::format("{}R{}={}", fact.written ? "-> " : "", fact.number, states));
    }
    put_items(Ink::marked, indent, facts);
    if (const auto fate = fate_of(function, line); !fate.empty()) put_wrapped(Ink::bad, indent, fate);
  }

  void print_stack(const FunctionExplanation& function) {
    if (function.stack.empty()) return;
    text_ += "\n";
    put(Ink::heading, fmt::format("  stack of {}: {} of 512 bytes", function.name, function.stack_bytes));
    for (const auto& slot : function.stack) {
      const auto name = !slot.name.empty() ? slot.name : slot.spill ? "(spill)" : "(unnamed)";
      put(Ink::plain, fmt::format("    {:<8}{:>4} bytes  {}{}", fmt::format("fp{}", slot.offset), slot.size, name,
                                  slot.type.empty() ? "" : "  " + slot.type));
      put_wrapped(Ink::faint, 24, certainty_of(slot) + "; instructions " + ranges(slot.instructions));
    }
  }

  void print_helpers(const FunctionExplanation& function) {
    const auto helpers = helpers_of(function);
    if (helpers.empty()) return;
    text_ += "\n";
    put(Ink::heading, fmt::format("  helpers of {}", function.name));
    for (const auto* call : helpers) {
      put_wrapped(Ink::plain, 4, call->signature.empty() ? call->name : call->signature);
      if (!call->summary.empty()) put_wrapped(Ink::faint, 8, call->summary);
      if (!call->returns.empty()) put_wrapped(Ink::faint, 8, "gives: " + call->returns);
    }
  }

  void print_calls() {
    if (explanation_.tail_calls.empty()) return;
    text_ += "\n";
    put(Ink::heading, "tail calls");
    for (const auto& edge : explanation_.tail_calls) {
      const auto slot = edge.index ? std::to_string(*edge.index) : "?";
      put(Ink::plain, fmt::format("  {} -> {}[{}] -> {}", edge.from, edge.array, slot,
                                  edge.to.empty() ? "(nothing that the file puts there)" : edge.to));
    }
  }

  void print_maps() {
    if (explanation_.maps.empty()) return;
    text_ += "\n";
    put(Ink::heading, "maps");
    for (const auto& map : explanation_.maps) {
      const bool is_data = map.key.empty() && !map.value.empty();
      put(Ink::plain, is_data ? fmt::format("  {} ({})", map.name, map.type)
                              : fmt::format("  {} ({}, {} entries)", map.name, map.type, map.max_entries));
      if (!map.value.empty()) put(Ink::faint, "      " + (is_data ? map.value : map.key + " -> " + map.value));
      for (const auto& [index, name] : map.slots) put(Ink::faint, fmt::format("      [{}] = {}", index, name));
    }
  }

  const Explanation& explanation_;
  const ExplanationStyle& style_;
  std::size_t width_;
  std::string text_;
};

}  // namespace

ExplanationStyle style_for(const Output& output) {
  return {.width = output.size().columns, .columns = output.is_terminal(), .colours = output.colours()};
}

std::string explanation_text(const Explanation& explanation, const ExplanationStyle& style) {
  return Printer(explanation, style).print();
}

}  // namespace sonda::report
