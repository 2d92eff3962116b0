#include "cli/top/lists.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/escape.h"
#include "base/text.h"
#include "read/map_types.h"

namespace sonda::top {
namespace {

constexpr std::size_t label_width = 10;

class Details {
 public:
  Details(const Comparison& comparison, const ProgramState& program, const Surface& surface)
      : comparison_(comparison), program_(program), surface_(surface) {}

  std::vector<DetailLine> write(const std::vector<std::string>& pins) {
    const auto& facts = program_.facts;
    const auto memory = facts.memory ? short_bytes(*facts.memory) : std::string("?");
    field("program", fmt::format("{} {}", facts.id, escape_for_terminal(facts.name)));
    field("type", fmt::format("{}, {}", program_type_name(facts.type), facts.gpl ? "GPL" : "not GPL"));
    field("tag", facts.tag);
    if (program_.jumps_to) field("jumps to", fmt::format("program {}", *program_.jumps_to));
    runs();
    field("code",
          fmt::format("{} instructions{}, {}, {} of memory", facts.instructions,
                      facts.verified == 0 ? "" : fmt::format(" ({} verified)", facts.verified),
                      facts.jit_bytes == 0 ? std::string("no JIT") : fmt::format("{} bytes of JIT", facts.jit_bytes),
                      memory));
    field("loaded", fmt::format("{} ago by user {}", short_age(age_of(facts)), facts.uid));
    for (const auto& holder : program_.holders)
      field("owner", fmt::format("{}[{}]", escape_for_terminal(holder.name), holder.pid));
    if (program_.holders.empty()) field("owner", "no process has it open");
    for (const auto& point : program_.points) field("attached", escape_for_terminal(point));
    for (const auto& link : comparison_.now().links)
      if (link.program == facts.id) field("link", fmt::format("{} {}", link.id, link_type_name(link.type)));
    for (const auto& pin : pins) field("pinned", escape_for_terminal(pin));
    maps();
    return std::move(lines_);
  }

 private:
  void add(std::string_view text, Style style, std::optional<std::uint32_t> map = {}) {
    lines_.push_back({line_of(text, style, surface_), map});
  }

  /// Too long for a line, it goes on in the next one.
  void field(std::string_view label, const std::string& text) {
    const auto room = surface_.columns > label_width + 8 ? surface_.columns - label_width : 8;
    std::string_view rest = text;
    do {
      auto part = rest.substr(0, room);
      while (!part.empty() && part.size() < rest.size() &&
             (static_cast<unsigned char>(rest[part.size()]) & 0xc0) == 0x80)
        part.remove_suffix(1);
      if (part.empty()) part = rest;
      lines_.push_back({{{fit(label, label_width, Side::left, surface_.utf8), Style::strong},
                         {fit(part, room, Side::left, surface_.utf8), Style::plain}},
                        {}});
      rest.remove_prefix(part.size());
      label = "";
    } while (!rest.empty());
  }

  void runs() {
    const auto rates = comparison_.rates(program_);
    if (!rates) return field("runs", comparison_.now().measured ? "..." : "the kernel does not measure");
    const auto cost = rates->ns_per_run();
    field("runs", fmt::format("{}/s, {} ns each, {:.2f} % of a CPU{}", short_number(rates->runs_per_second()),
                              cost ? short_number(*cost) : "-", rates->cpu_percent(),
                              rates->missed == 0 ? "" : fmt::format(", {} skipped", rates->missed)));
    const auto* history = comparison_.history(program_.facts.id);
    if (history == nullptr || surface_.rows < 16) return;
    const auto width = std::min<std::size_t>(surface_.columns - 1, label_width + 60) - label_width;
    for (const auto& line : graph(history->values(), width, 3, surface_.utf8))
      lines_.push_back({{{std::string(label_width, ' '), Style::plain},
                         {fit(line, surface_.columns - label_width, Side::left, surface_.utf8), Style::graph}},
                        {}});
  }

  void maps() {
    if (program_.facts.maps.empty()) return field("maps", "none");
    add("maps (Enter shows what is in one)", Style::strong);
    for (const auto id : program_.facts.maps) {
      const auto* map = comparison_.map(id);
      if (map == nullptr) {
        add(fmt::format("  {} (gone)", id), Style::dim);
        continue;
      }
      std::vector<std::string> others;
      for (const auto user : map->programs)
        if (const auto* other = comparison_.program(user); other != nullptr && user != program_.facts.id)
          others.push_back(escape_for_terminal(other->facts.name));
      const auto full = fill_percent(*map);
      add(fmt::format("  {} {} {} {} of {}{} {}{}", id, escape_for_terminal(map->facts.name),
                      map_type_name(map->facts.type), fill_text(map->fill), map->facts.max_entries,
                      full ? fmt::format(" ({:.0f}%)", *full) : "",
                      map->memory ? short_bytes(*map->memory) : std::string("?"),
                      others.empty() ? "" : " shared with " + join(others, ", ")),
          Style::plain, id);
    }
  }

  const Comparison& comparison_;
  const ProgramState& program_;
  Surface surface_;
  std::vector<DetailLine> lines_;
};

}  // namespace

std::vector<DetailLine> program_details(const Comparison& comparison, const ProgramState& program,
                                        const std::vector<std::string>& pins, const Surface& surface) {
  return Details(comparison, program, surface).write(pins);
}

}  // namespace sonda::top
