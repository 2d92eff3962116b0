// Attach points from and to bpftrace's notation.
#include "sonda/attach_point.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "base/excerpt.h"
#include "base/text.h"
#include "source/attach_notation.h"

namespace sonda {
namespace {

struct NamedEvent {
  std::string_view name;
  PerfEventId id;
};

// Where one event has several names, the first is the one that is written.
constexpr auto software_events = std::to_array<NamedEvent>({
    {"page-faults", software::page_faults},
    {"faults", software::page_faults},
    {"page-faults-min", software::page_faults_min},
    {"minor-faults", software::page_faults_min},
    {"page-faults-maj", software::page_faults_maj},
    {"major-faults", software::page_faults_maj},
    {"cpu-clock", software::cpu_clock},
    {"task-clock", software::task_clock},
    {"context-switches", software::context_switches},
    {"cs", software::context_switches},
    {"cpu-migrations", software::cpu_migrations},
    {"alignment-faults", software::alignment_faults},
    {"emulation-faults", software::emulation_faults},
});

// PERF_COUNT_HW_* of linux/perf_event.h.
constexpr auto hardware_events = std::to_array<NamedEvent>({
    {"cycles", {0, 0}},
    {"instructions", {0, 1}},
    {"cache-references", {0, 2}},
    {"cache-misses", {0, 3}},
    {"branches", {0, 4}},
    {"branch-misses", {0, 5}},
    {"bus-cycles", {0, 6}},
    {"ref-cycles", {0, 9}},
});

std::vector<std::string> names_of(std::span<const NamedEvent> events) {
  std::vector<std::string> names;
  for (const auto& event : events) names.emplace_back(event.name);
  return names;
}

/// A text that is read up to one colon after the other.
class Reader {
 public:
  Reader(std::string_view text, const Complain& complain) : text_(text), rest_(text), complain_(complain) {}

  AttachPoint point() {
    if (const auto bad = std::ranges::find_if(text_, is_strange); bad != text_.end())
      throw complain_(static_cast<std::size_t>(bad - text_.begin()),
                      "a control character is no part of an attach point", {});
    const auto kind = next("the kind of attach point");
    if (kind == "uprobe") return uprobe(false);
    if (kind == "uretprobe") return uprobe(true);
    if (kind == "kprobe") return kprobe(false);
    if (kind == "kretprobe") return kprobe(true);
    if (kind == "tracepoint") return tracepoint();
    if (kind == "rawtracepoint") return RawTracepoint{last_name("rawtracepoint:NAME")};
    if (kind == "software") return perf_event(software_events, "software");
    if (kind == "hardware") return perf_event(hardware_events, "hardware");
    if (kind == "profile") return profile();
    static const std::vector<std::string> kinds{"uprobe",        "uretprobe", "kprobe",   "kretprobe", "tracepoint",
                                                "rawtracepoint", "software",  "hardware", "profile"};
    throw wrong(kind, fmt::format("'{}' is no kind of attach point", kind),
                did_you_mean(kind, kinds, "possible are " + join(kinds, ", ")));
  }

 private:
  static bool is_strange(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
  static bool is_kernel_name_character(char c) { return is_name_character(c) || c == '-'; }

  Error wrong(std::string_view word, std::string cause, std::string hint) const {
    return complain_(static_cast<std::size_t>(word.data() - text_.data()), std::move(cause), std::move(hint));
  }

  /// Up to the next colon, which must be there unless this was the last word.
  std::string_view next(std::string_view what) {
    const auto word = rest_.substr(0, rest_.find(':'));
    if (word.empty()) throw wrong(rest_, fmt::format("{} is missing", what), "written e.g. uprobe:/bin/bash:readline");
    rest_.remove_prefix(word.size());
    if (!rest_.empty()) rest_.remove_prefix(1);
    return word;
  }

  /// All the rest, as the name of something in the kernel.
  std::string last_name(std::string_view form) {
    const auto name = rest_;
    if (name.empty()) throw wrong(name, "a name is missing", fmt::format("written {}", form));
    if (const auto bad = std::ranges::find_if_not(name, is_kernel_name_character); bad != name.end()) {
      const auto at = name.substr(static_cast<std::size_t>(bad - name.begin()));
      throw wrong(at, fmt::format("'{}' is no part of a name", at.substr(0, 1)), fmt::format("written {}", form));
    }
    return std::string(name);
  }

  Place place(std::string_view text, bool on_return) const {
    if (text.starts_with("0x") || text.starts_with("0X")) {
      if (const auto value = parse_u64(text)) return Address{*value};
      throw wrong(text, fmt::format("'{}' is no address", text), "an address is written 0x1234");
    }
    const auto name = text.substr(0, text.find('+'));
    if (name.empty())
      throw wrong(text, "the symbol is missing", "a place is written SYMBOL, SYMBOL+OFFSET or 0xADDRESS");
    if (name.find_first_of(" *?:") != name.npos || is_digit(name[0]))
      throw wrong(name, fmt::format("'{}' is no symbol", name),
                  "one symbol as the symbol table has it, without wildcards; an address is written 0x1234");
    if (name.size() == text.size()) return Symbol{std::string(name), 0};
    const auto digits = text.substr(name.size() + 1);
    const auto offset = parse_u64(digits);
    if (!offset) throw wrong(digits, fmt::format("'{}' is no offset", digits), "an offset is a number, 16 or 0x10");
    if (on_return && *offset != 0)
      throw wrong(digits, "a return probe takes no offset", "the return of a function has one place only");
    return Symbol{std::string(name), *offset};
  }

  Uprobe uprobe(bool on_return) const {
    const auto colon = rest_.rfind(':');
    if (colon == rest_.npos || colon == 0)
      throw wrong(rest_, "the binary's path or the symbol is missing", "written uprobe:PATH:SYMBOL");
    return {std::string(rest_.substr(0, colon)), place(rest_.substr(colon + 1), on_return), on_return};
  }

  Kprobe kprobe(bool on_return) const { return {place(rest_, on_return), on_return}; }

  Tracepoint tracepoint() {
    constexpr std::string_view form = "tracepoint:CATEGORY:NAME";
    const auto whole = rest_;
    const auto category = next("the tracepoint's category");
    if (category.size() == whole.size())
      throw wrong(rest_, "the tracepoint's name is missing", fmt::format("written {}", form));
    if (const auto bad = std::ranges::find_if_not(category, is_kernel_name_character); bad != category.end())
      throw wrong(category, fmt::format("'{}' is no category", category), fmt::format("written {}", form));
    return {std::string(category), last_name(form)};
  }

  std::uint64_t last_number(std::string_view what) {
    const auto word = rest_;
    const auto value = parse_u64(word);
    // The kernel takes no period with the highest bit set.
    if (!value || *value == 0 || *value >> 63 != 0)
      throw wrong(word,
                  word.empty() ? fmt::format("the {} is missing", what) : fmt::format("'{}' is no {}", word, what),
                  fmt::format("the {} is a number from 1 on", what));
    return *value;
  }

  Sampling sampling() {
    if (!rest_.starts_with("hz:")) return Every{last_number("period")};
    rest_.remove_prefix(3);
    return Frequency{last_number("frequency")};
  }

  PerfEvent perf_event(std::span<const NamedEvent> events, std::string_view kind) {
    const auto name = next("the event's name");
    const auto known = std::ranges::find(events, name, &NamedEvent::name);
    if (known == events.end()) {
      const auto names = names_of(events);
      throw wrong(name, fmt::format("there is no {} event '{}'", kind, name),
                  did_you_mean(name, names, "possible are " + join(names, ", ")));
    }
    return {known->id, sampling()};
  }

  PerfEvent profile() {
    const auto unit = next("'hz'");
    if (unit != "hz") throw wrong(unit, fmt::format("'{}' is no unit of a profile", unit), "written profile:hz:99");
    return {software::cpu_clock, Frequency{last_number("frequency")}};
  }

  std::string_view text_, rest_;
  const Complain& complain_;
};

std::string place_text(const Place& place) {
  if (const auto* address = std::get_if<Address>(&place)) return fmt::format("{:#x}", address->value);
  const auto& symbol = std::get<Symbol>(place);
  return symbol.offset == 0 ? symbol.name : fmt::format("{}+{:#x}", symbol.name, symbol.offset);
}

std::string event_text(const PerfEventId& id) {
  for (const auto& event : software_events)
    if (event.id == id) return fmt::format("software:{}", event.name);
  for (const auto& event : hardware_events)
    if (event.id == id) return fmt::format("hardware:{}", event.name);
  return fmt::format("perf:{}:{:#x}", id.type, id.config);
}

struct Writer {
  std::string operator()(const Uprobe& point) const {
    return fmt::format("{}:{}:{}", point.on_return ? "uretprobe" : "uprobe", point.binary.string(),
                       place_text(point.place));
  }
  std::string operator()(const Kprobe& point) const {
    return fmt::format("{}:{}", point.on_return ? "kretprobe" : "kprobe", place_text(point.place));
  }
  std::string operator()(const Tracepoint& point) const {
    return fmt::format("tracepoint:{}:{}", point.category, point.name);
  }
  std::string operator()(const RawTracepoint& point) const { return "rawtracepoint:" + point.name; }
  std::string operator()(const PerfEvent& point) const {
    if (const auto* each = std::get_if<Every>(&point.sampling))
      return fmt::format("{}:{}", event_text(point.event), each->count);
    const auto hertz = std::get<Frequency>(point.sampling).hertz;
    if (point.event == software::cpu_clock) return fmt::format("profile:hz:{}", hertz);
    return fmt::format("{}:hz:{}", event_text(point.event), hertz);
  }
};

}  // namespace

AttachPoint read_attach_point(std::string_view text, const Complain& complain) {
  return Reader(text, complain).point();
}

AttachPoint parse_attach_point(std::string_view text) {
  return read_attach_point(text, [&](std::size_t offset, std::string cause, std::string hint) {
    Error error(Stage::source, std::string(text), std::move(cause), std::move(hint));
    return error.with_excerpt(caret_excerpt(text, offset + 1));
  });
}

std::string to_string(const AttachPoint& point) { return std::visit(Writer{}, point); }

}  // namespace sonda
