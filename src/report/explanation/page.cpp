#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "kernel/arch.h"
#include "report/explanation/page_parts.h"
#include "report/explanation/printers.h"
#include "report/explanation/wording.h"
#include "report/lines.h"

namespace sonda::report {
namespace {

// Neighbouring lines get colours far apart.
unsigned hue(std::uint32_t line) { return line * 137 % 360; }

/// A blank and the class for an attribute that already has one, or nothing.
std::string_view also(bool holds, std::string_view name) { return holds ? name : std::string_view(); }

class Page : MarkupWriter {
 public:
  explicit Page(const Explanation& explanation) : explanation_(explanation) {}

  std::string html() {
    head();
    add("<main>\n");
    if (const auto picture = call_picture(explanation_); !picture.empty())
      add("<h3>Tail calls</h3>\n<div class=\"wide\">{}</div>\n", picture);
    for (std::size_t i = 0; i < explanation_.functions.size(); ++i) function(i);
    maps();
    add("</main>\n");
    foot();
    return std::move(text_);
  }

 private:
  void head() {
    const auto name = page_text(explanation_.probe.substr(explanation_.probe.rfind('/') + 1));
    add("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "script-src 'unsafe-inline'; img-src data:\">\n"
        "<link rel=\"icon\" href=\"data:,\">\n<title>{} explained</title>\n<style>{}</style>\n</head>\n<body>\n",
        name, page_style);
    add("<header class=\"top\"><div class=\"tools\">");
    for (const auto& [key, toggle, pressed, label] :
         {std::tuple("r", "no-registers", "true", "Registers"), std::tuple("w", "words", "false", "In words"),
          std::tuple("a", "no-native", "true", "Native")})
      add("<button type=\"button\" data-key=\"{}\" data-toggle=\"{}\" aria-pressed=\"{}\">{}</button>", key, toggle,
          pressed, label);
    add("<button type=\"button\" data-key=\"-\" aria-label=\"smaller\">A&minus;</button>"
        "<button type=\"button\" data-key=\"+\" aria-label=\"larger\">A+</button>"
        "<button type=\"button\" data-key=\"t\">Light / dark</button></div>\n");
    add("<h1>{}</h1><p>what Linux {} made of it</p>\n<nav>", name, page_text(explanation_.kernel));
    for (std::size_t i = 0; i < explanation_.functions.size(); ++i) {
      const auto& each = explanation_.functions[i];
      add("<a href=\"#f{}\"{}>{}</a>", i, also(each.refusal.has_value(), " class=\"refused\""), page_text(each.name));
    }
    add("</nav></header>\n");
  }

  void function(std::size_t number) {
    const auto& each = explanation_.functions[number];
    const auto none_has = [&](auto part) {
      return std::ranges::all_of(each.code, [&](const BpfLine& line) { return (line.*part).empty(); });
    };
    add("<section class=\"function{}{}\" id=\"f{}\">\n<h2>{} <span class=\"kind\">{}</span> ",
        also(none_has(&BpfLine::native), " no-native"), also(none_has(&BpfLine::registers), " no-registers"), number,
        page_text(each.name), page_text(each.type));
    add("{}", each.refusal ? "<span class=\"verdict bad\">refused</span></h2>\n"
                           : "<span class=\"verdict\">accepted</span></h2>\n");
    add("<p class=\"figures\">{}</p>\n", join(figures_of(each), " &middot; "));
    for (const auto& point : each.points) add("<p class=\"figures\">at <code>{}</code></p>\n", page_text(point));
    if (!each.no_states.empty()) add("<p class=\"why\">No registers: {}.</p>\n", page_text(each.no_states));
    if (!each.no_native.empty() && !each.refusal)
      add("<p class=\"why\">Native code: {}.</p>\n", page_text(each.no_native));
    if (each.refusal) refusal(*each.refusal);
    add("<div class=\"panes\">\n");
    source(each);
    code(number, each);
    add("</div>\n");
    stack(each);
    helpers(each);
    add("</section>\n");
  }

  void refusal(const RefusalExplanation& refusal) {
    add("<div class=\"refusal\"><pre class=\"mono\">{}</pre>\n", page_text(message_of(refusal)));
    add("<div class=\"twocol\">");
    if (!refusal.path.empty()) {
      add("<div><strong>The way there</strong>\n<ol>\n");
      for (const auto& step : refusal.path)
        add("<li data-line=\"{}\"><code>{}: {}</code><br>{}</li>\n", step.line, step.line,
            page_text(trimmed(source_line(explanation_, step.line))), page_text(step.text));
      add("</ol></div>\n");
    }
    if (refusal.change) {
      add("<div><strong>The smallest change that satisfies the verifier (tried: it loads)</strong>\n<div "
          "class=\"change mono\">");
      for (const auto& line : changed_lines(explanation_, *refusal.change))
        add("<div class=\"{}\"><span class=\"n\">{}</span><code>{} {}</code></div>\n",
            line.mark == '+'   ? "added"
            : line.mark == '-' ? "gone"
                               : "kept",
            line.line != 0 ? std::to_string(line.line) : std::string(), line.mark, page_text(line.text));
      add("</div></div>\n");
    }
    add("</div></div>\n");
  }

  static std::string_view trimmed(std::string_view text) {
    const auto start = text.find_first_not_of(" \t");
    return start == std::string_view::npos ? std::string_view() : text.substr(start);
  }

  void source(const FunctionExplanation& each) {
    add("<div class=\"pane source mono\" tabindex=\"0\" aria-label=\"source\">\n");
    for (std::uint32_t line = 1; line <= explanation_.source.size(); ++line) {
      std::size_t instructions = 0, dead = 0;
      for (const auto& one : each.code) {
        if (one.line != line) continue;
        ++instructions;
        if (is_dead(each, one)) ++dead;
      }
      const bool inside = line >= each.first_line && line <= each.last_line;
      add("<div class=\"src{}{}{}\" style=\"--hue:{}\" data-line=\"{}\"><span class=\"n\">{}</span><code>{}</code>",
          also(instructions != 0, " has"), also(!inside, " other"), also(dead != 0 && dead == instructions, " dead"),
          hue(line), line, line, page_text(explanation_.source[line - 1]));
      if (instructions != 0) add("<span class=\"count\">{}</span>", instructions);
      add("</div>\n");
    }
    add("</div>\n");
  }

  static bool is_dead(const FunctionExplanation& each, const BpfLine& line) {
    return line.removed || (!each.refusal && is_unwalked(each, line));
  }
  static bool is_unwalked(const FunctionExplanation& each, const BpfLine& line) {
    return each.no_states.empty() && line.visits == 0;
  }

  void entry(const std::vector<NativeLine>& lines) {
    if (lines.empty()) return;
    add("<div class=\"group noline nat\"><h4><span class=\"n\"></span><code>the frame, made by the JIT</code></h4>"
        "<div class=\"insn\"><span class=\"i\"></span><span></span><span class=\"regs\"></span>");
    native(lines);
    add("</div></div>\n");
  }

  void code(std::size_t number, const FunctionExplanation& each) {
    add("<div class=\"pane machine mono\" tabindex=\"0\" aria-label=\"instructions\">\n");
    entry(each.entry);
    for (const auto& group : groups_of(each)) {
      if (const auto& called = group.code.front()->begins; !called.empty()) {
        add("<div class=\"group noline\"><h4><span class=\"n\"></span><code>{}, which is called</code></h4></div>\n",
            page_text(called));
        entry(group.code.front()->entry);
      }
      add("<div class=\"group{}\" style=\"--hue:{}\" data-line=\"{}\"><h4><span class=\"n\">{}</span><code>{}</code>"
          "</h4>\n",
          also(group.line == 0, " noline"), hue(group.line), group.line,
          group.line == 0 ? std::string() : std::to_string(group.line),
          group.line == 0 ? "made by the compiler" : page_text(trimmed(source_line(explanation_, group.line))));
      for (const auto* line : group.code) instruction(number, each, *line);
      add("</div>\n");
    }
    add("</div>\n");
  }

  void instruction(std::size_t number, const FunctionExplanation& each, const BpfLine& line) {
    const bool failed = each.refusal && each.refusal->instruction == line.index;
    add("<div class=\"insn{}{}\" id=\"f{}i{}\" data-index=\"{}\"><span class=\"i\">{}</span><span class=\"bpf\">{}",
        is_dead(each, line)       ? " dead"
        : is_unwalked(each, line) ? " unwalked"
                                  : "",
        also(failed, " failed"), number, line.index, line.index, line.index, bpf_text(number, line));
    if (!line.map.empty() && line.call) add("<br><span class=\"map\">map {}</span>", page_text(line.map));
    if (!line.note.empty()) add("<br><span class=\"map\">{}</span>", page_text(line.note));
    if (const auto fate = fate_of(each, line); !fate.empty())
      add("<br><span class=\"fate\">{}</span>", page_text(fate));
    add("</span><span class=\"regs\">");
    for (const auto& fact : line.registers) {
      const auto* arrow = fact.written ? "&rarr;&nbsp;" : "";
      add("<div class=\"reg raw\"><b>{}R{}</b>={}</div>", arrow, fact.number,
          breakable(page_text(states_of(fact, false))));
      add("<div class=\"reg plain\"><b>{}R{}</b>: {}</div>", arrow, fact.number, page_text(states_of(fact, true)));
    }
    add("</span>");
    native(line.native);
    add("</div>\n");
  }

  /// May go on in the next line behind each comma.
  static std::string breakable(const std::string& markup) {
    std::string text;
    for (const char c : markup) {
      text += c;
      if (c == ',') text += "<wbr>";
    }
    return text;
  }

  /// The instruction's text; the number that a jump leads to is a link, a call tells its signature.
  static std::string bpf_text(std::size_t number, const BpfLine& line) {
    auto text = page_text(line.text);
    if (line.call)
      return fmt::format("<span class=\"call\" title=\"{}\">{}</span>", page_text(line.call->signature), text);
    if (!line.map.empty()) return fmt::format("<span class=\"map\">{}</span>", text);
    const auto goal = line.target ? std::to_string(*line.target) : std::string();
    if (goal.empty() || !text.ends_with(goal)) return text;
    return fmt::format("{}<a href=\"#f{}i{}\">{}</a>", text.substr(0, text.size() - goal.size()), number, goal, goal);
  }

  void native(const std::vector<NativeLine>& lines) {
    add("<span class=\"nat\">");
    for (const auto& line : lines)
      add("<div><span class=\"at\">{:x}</span><span class=\"it\">{}{}</span></div>", line.offset,
          line.text.empty() ? "(no instruction)" : page_text(line.text),
          line.note.empty() ? "" : fmt::format(" <span class=\"note\">; {}</span>", page_text(line.note)));
    add("</span>");
  }

  void stack(const FunctionExplanation& each) {
    if (each.stack.empty()) return;
    add("<h3>Where the stack went</h3>\n<p class=\"legend\">"
        "<span class=\"swatch\" style=\"background:var(--guess)\"></span>a guess from the source line"
        "<span class=\"swatch\" style=\"background:var(--spill)\"></span>a register put aside"
        "<span class=\"swatch\" style=\"background:var(--unknown)\"></span>not known</p>\n<div class=\"twocol\">{}",
        stack_picture(each));
    add("<div class=\"wide\"><table><tr><th>Place</th><th>Bytes</th><th>What</th><th>Type</th><th>How it is known</th>"
        "<th>Instructions</th><th>What the verifier saw</th></tr>\n");
    for (const auto& slot : each.stack) {
      std::string contents;
      for (const auto& content : slot.contents) contents += page_text(content) + "<br>";
      add("<tr><td class=\"mono\">fp{}</td><td>{}</td><td class=\"mono\">{}</td><td class=\"mono\">{}</td><td>{}</td>"
          "<td>{}</td><td class=\"mono\">{}</td></tr>\n",
          slot.offset, slot.size, page_text(slot.name), page_text(slot.type), page_text(certainty_of(slot)),
          ranges(slot.instructions), contents);
    }
    add("</table></div></div>\n");
  }

  void helpers(const FunctionExplanation& each) {
    const auto helpers = helpers_of(each);
    if (helpers.empty()) return;
    add("<h3>Helpers that it calls</h3>\n<div class=\"wide helpers\"><table><tr><th>Helper</th><th>What it does</th>"
        "<th>What it gives</th></tr>\n");
    for (const auto* call : helpers)
      add("<tr><td class=\"mono\">{}</td><td>{}</td><td>{}</td></tr>\n",
          page_text(call->signature.empty() ? call->name : call->signature), page_text(call->summary),
          page_text(call->returns));
    add("</table></div>\n");
  }

  void maps() {
    if (explanation_.maps.empty()) return;
    add("<h3>Maps</h3>\n<div class=\"wide\"><table><tr><th>Map</th><th>Kind</th><th>Key</th><th>Value</th>"
        "<th>Entries</th><th>Slots</th></tr>\n");
    for (const auto& map : explanation_.maps) {
      std::string slots;
      for (const auto& [index, name] : map.slots) slots += fmt::format("[{}] = {}<br>", index, page_text(name));
      add("<tr><td class=\"mono\">{}</td><td>{}</td><td class=\"mono\">{}</td><td class=\"mono\">{}</td><td>{}</td>"
          "<td class=\"mono\">{}</td></tr>\n",
          page_text(map.name), page_text(map.type), page_text(map.key), page_text(map.value), map.max_entries, slots);
    }
    add("</table></div>\n");
  }

  void foot() {
    std::string registers;
    for (std::size_t i = 0; i < std::size(arch::jit_registers); ++i)
      registers += fmt::format("{}R{} {}", i == 0 ? "" : ", ", i, arch::jit_registers[i]);
    add("<footer>Keys: <kbd>j</kbd> <kbd>k</kbd> next and previous line, <kbd>n</kbd> <kbd>p</kbd> function, "
        "<kbd>r</kbd> registers, <kbd>w</kbd> in words, <kbd>a</kbd> native code, <kbd>+</kbd> <kbd>-</kbd> size, "
        "<kbd>t</kbd> light or dark, <kbd>Esc</kbd> let go. &rarr; R0 is what an instruction leaves in a register, "
        "R0 what it finds there. The JIT keeps {}; R10 in r9 where the kernel gives the program a stack of its "
        "own.</footer>\n<script>{}</script>\n</body>\n</html>\n",
        registers, page_script);
  }

  const Explanation& explanation_;
};

}  // namespace

std::string explanation_page(const Explanation& explanation) { return Page(explanation).html(); }

}  // namespace sonda::report
