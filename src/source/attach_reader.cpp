// Attach points from bpftrace's notation, and what Sonda adds to it.
#include "sonda/attach_point.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <vector>

#include "base/excerpt.h"
#include "base/text.h"
#include "source/attach_notation.h"

namespace sonda {
namespace {

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
    const auto limits = take_limits();
    auto point = kind(next("the kind of attach point"));
    limit(point, limits);
    return point;
  }

 private:
  /// What may follow a point: " pid=N", " cpu=N".
  struct Limits {
    std::string_view pid, cpu;
  };

  Limits take_limits() {
    Limits limits;
    while (true) {
      const auto blank = rest_.find_last_of(" \t");
      const auto word = blank == rest_.npos ? std::string_view() : rest_.substr(blank + 1);
      if (!word.starts_with("pid=") && !word.starts_with("cpu=")) return limits;
      (word[0] == 'p' ? limits.pid : limits.cpu) = word.substr(4);
      rest_ = trim(rest_.substr(0, blank));
    }
  }

  void limit(AttachPoint& point, const Limits& limits) const {
    if (limits.pid.data() != nullptr) {
      auto* pid = process_of(point);
      if (pid == nullptr)
        throw wrong(limits.pid, "this kind of attach point sees every process",
                    "compare bpf_get_current_pid_tgid() >> 32 in the program instead");
      *pid = small_number(limits.pid, "pid");
    }
    if (limits.cpu.data() == nullptr) return;
    auto* event = std::get_if<PerfEvent>(&point);
    if (event == nullptr) throw wrong(limits.cpu, "only a perf event can be limited to a CPU", {});
    event->cpu = small_number(limits.cpu, "CPU");
  }

  int small_number(std::string_view text, std::string_view what) const {
    const auto number = parse_u64(text);
    if (!number || *number > std::numeric_limits<int>::max())
      throw wrong(text, fmt::format("'{}' is no {}", text, what), {});
    return static_cast<int>(*number);
  }

  AttachPoint kind(std::string_view kind) {
    if (kind == "uprobe") return uprobe(false);
    if (kind == "uretprobe") return uprobe(true);
    if (kind == "usdt") return usdt();
    if (kind == "kprobe") return Kprobe{place(rest_, false), false};
    if (kind == "kretprobe") return Kprobe{place(rest_, true), true};
    if (kind == "fentry" || kind == "kfunc") return fentry(false);
    if (kind == "fexit" || kind == "kretfunc") return fentry(true);
    if (kind == "fmod_ret") return ModifyReturn{last_name("fmod_ret:NAME")};
    if (kind == "lsm") return Lsm{last_name("lsm:HOOK")};
    if (kind == "iter") return Iterator{last_name("iter:TARGET")};
    if (kind == "tracepoint") return tracepoint();
    if (kind == "rawtracepoint") return RawTracepoint{last_name("rawtracepoint:NAME")};
    if (kind == "btftracepoint") return BtfTracepoint{last_name("btftracepoint:NAME")};
    if (kind == "software") return perf_event(software_events(), "software");
    if (kind == "hardware") return perf_event(hardware_events(), "hardware");
    if (kind == "profile") return profile();
    if (kind == "interval") return Interval{timer("interval")};
    if (kind == "watchpoint") return watchpoint();
    if (kind == "xdp") return xdp();
    if (kind == "tc") return tc();
    if (kind == "socket") return SocketFilter{interface(rest_)};
    if (kind == "cgroup") return cgroup();
    const auto kinds = point_kind_names();
    throw wrong(kind, fmt::format("'{}' is no kind of attach point", kind),
                did_you_mean(kind, kinds, "possible are " + join(kinds, ", ")));
  }

  static bool is_strange(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
  static bool is_kernel_name_character(char c) { return is_name_character(c) || c == '-' || c == '.'; }
  static bool is_pattern_character(char c) {
    return is_kernel_name_character(c) || std::string_view("*?[]!").find(c) != std::string_view::npos;
  }

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
  std::string last_name(std::string_view form, bool (*allowed)(char) = is_kernel_name_character) const {
    const auto name = rest_;
    if (name.empty()) throw wrong(name, "a name is missing", fmt::format("written {}", form));
    if (const auto bad = std::ranges::find_if_not(name, allowed); bad != name.end()) {
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
    if (text.starts_with('"')) return quoted(text, on_return);
    const auto name = text.substr(0, text.find('+'));
    if (name.empty())
      throw wrong(text, "the symbol is missing", "a place is written SYMBOL, SYMBOL+OFFSET or 0xADDRESS");
    if (name.find_first_of(" :") != name.npos || is_digit(name[0]))
      throw wrong(
          name, fmt::format("'{}' is no symbol", name),
          "a symbol as the symbol table has it, or \"ns::function(int)\" in quotes; an address is written 0x1234");
    return with_offset(name, text.substr(name.size()), on_return);
  }

  /// A C++ name as people write it.
  Place quoted(std::string_view text, bool on_return) const {
    const auto end = text.find('"', 1);
    if (end == text.npos || end == 1) throw wrong(text, "this is no name in quotes", "written \"ns::function(int)\"");
    return with_offset(text.substr(1, end - 1), text.substr(end + 1), on_return);
  }

  Place with_offset(std::string_view name, std::string_view rest, bool on_return) const {
    if (rest.empty()) return Symbol{std::string(name), 0};
    if (rest[0] != '+') throw wrong(rest, "nothing but an offset may follow the symbol", {});
    if (is_pattern(name)) throw wrong(rest, "a pattern takes no offset", {});
    const auto digits = rest.substr(1);
    const auto offset = parse_u64(digits);
    if (!offset) throw wrong(digits, fmt::format("'{}' is no offset", digits), "an offset is a number, 16 or 0x10");
    if (on_return && *offset != 0)
      throw wrong(digits, "a return probe takes no offset", "the return of a function has one place only");
    return Symbol{std::string(name), *offset};
  }

  Uprobe uprobe(bool on_return) const {
    // The colons of a C++ name stand in quotes.
    auto colon = rest_.ends_with('"') || rest_.find("\"+") != rest_.npos ? rest_.find(":\"") : rest_.rfind(':');
    if (colon == rest_.npos || colon == 0)
      throw wrong(rest_, "the binary's path or the symbol is missing", "written uprobe:PATH:SYMBOL");
    return {std::string(rest_.substr(0, colon)), place(rest_.substr(colon + 1), on_return), on_return};
  }

  Usdt usdt() const {
    constexpr std::string_view form = "written usdt:PATH:PROVIDER:NAME or usdt:PATH:NAME";
    const auto last = rest_.rfind(':');
    if (last == rest_.npos || last == 0 || last + 1 == rest_.size())
      throw wrong(rest_, "the binary's path or the probe's name is missing", std::string(form));
    auto binary = rest_.substr(0, last);
    std::string_view provider;
    if (const auto colon = binary.rfind(':'); colon != binary.npos && binary.find('/', colon) == binary.npos) {
      provider = binary.substr(colon + 1);
      binary = binary.substr(0, colon);
    }
    if (binary.empty()) throw wrong(rest_, "the binary's path is missing", std::string(form));
    return {std::string(binary), std::string(provider), std::string(rest_.substr(last + 1))};
  }

  Fentry fentry(bool on_return) {
    constexpr std::string_view form = "fentry:NAME or fentry:MODULE:NAME";
    const auto colon = rest_.find(':');
    std::string module;
    if (colon != rest_.npos) module = next("the module");
    if (module == "vmlinux") module.clear();
    return {last_name(form), on_return, module};
  }

  Tracepoint tracepoint() {
    constexpr std::string_view form = "tracepoint:CATEGORY:NAME";
    const auto whole = rest_;
    const auto category = next("the tracepoint's category");
    if (category.size() == whole.size())
      throw wrong(rest_, "the tracepoint's name is missing", fmt::format("written {}", form));
    if (const auto bad = std::ranges::find_if_not(category, is_pattern_character); bad != category.end())
      throw wrong(category, fmt::format("'{}' is no category", category), fmt::format("written {}", form));
    return {std::string(category), last_name(form, is_pattern_character)};
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
    if (rest_.starts_with("hz:")) return {software::cpu_clock, sampling()};
    return {software::cpu_clock, Every{timer("profile")}};
  }

  /// "s:1" and the like, in nanoseconds.
  std::uint64_t timer(std::string_view kind) {
    constexpr std::uint64_t second = 1'000'000'000, longest = std::uint64_t{365} * 24 * 3600 * second;
    const auto unit = next("the unit of time");
    const std::uint64_t scale = unit == "s" ? second : unit == "ms" ? 1'000'000 : unit == "us" ? 1'000 : 0;
    if (scale == 0 && unit != "hz")
      throw wrong(unit, fmt::format("'{}' is no unit of time", unit),
                  fmt::format("written {0}:s:1, {0}:ms:10, {0}:us:100 or {0}:hz:99", kind));
    const auto word = rest_;
    const auto number = last_number(unit == "hz" ? "frequency" : "time");
    if (unit == "hz" ? number > second / 1000 : number > longest / scale)
      throw wrong(word, fmt::format("'{}' is out of range", word), {});
    return unit == "hz" ? second / number : number * scale;
  }

  Watchpoint watchpoint() {
    constexpr std::string_view form = "written watchpoint:0xADDRESS:LENGTH:rwx, LENGTH being 1, 2, 4 or 8";
    Watchpoint point;
    point.place = place(next("the address"), false);
    const auto length = next("the length");
    const auto bytes = parse_u64(length);
    if (!bytes || *bytes == 0 || *bytes > 8 || (*bytes & (*bytes - 1)) != 0)
      throw wrong(length, fmt::format("'{}' is no length", length), std::string(form));
    point.length = static_cast<std::uint32_t>(*bytes);
    const auto modes = rest_;
    if (next("the mode"); modes.find_first_not_of("rwx") != modes.npos)
      throw wrong(modes, fmt::format("'{}' is no mode", modes), std::string(form));
    point.reads = modes.find('r') != modes.npos;
    point.writes = modes.find('w') != modes.npos;
    point.executes = modes.find('x') != modes.npos;
    if (point.executes && (point.reads || point.writes))
      throw wrong(modes, "the CPU watches either for running or for reading and writing", "x, r, w or rw");
    return point;
  }

  std::string interface(std::string_view name) const {
    constexpr std::size_t longest = 15;  // IFNAMSIZ, less its NUL
    if (name.empty()) throw wrong(name, "the network interface is missing", "written e.g. xdp:eth0");
    if (name.size() > longest || name.find_first_of("/ :") != name.npos)
      throw wrong(name, fmt::format("'{}' is no name of a network interface", name), {});
    return std::string(name);
  }

  Xdp xdp() {
    Xdp point{interface(rest_.substr(0, rest_.find(':')))};
    rest_.remove_prefix(std::min(point.interface.size() + 1, rest_.size()));
    if (rest_ == "native")
      point.mode = Xdp::Mode::native;
    else if (rest_ == "generic")
      point.mode = Xdp::Mode::generic;
    else if (!rest_.empty())
      throw wrong(rest_, fmt::format("'{}' is no mode of XDP", rest_), "native or generic");
    return point;
  }

  Tc tc() {
    const auto name = interface(rest_.substr(0, rest_.find(':')));
    rest_.remove_prefix(std::min(name.size() + 1, rest_.size()));
    if (rest_ != "ingress" && rest_ != "egress")
      throw wrong(rest_,
                  rest_.empty() ? std::string("the direction is missing") : fmt::format("'{}' is no direction", rest_),
                  "written tc:eth0:ingress or tc:eth0:egress");
    return {name, rest_ == "egress"};
  }

  Cgroup cgroup() const {
    const auto colon = rest_.rfind(':');
    if (colon == rest_.npos || colon == 0)
      throw wrong(rest_, "the cgroup's folder or the hook is missing", "written cgroup:/sys/fs/cgroup/NAME:HOOK");
    const auto hook = rest_.substr(colon + 1);
    if (std::ranges::find(cgroup_hooks, hook, &CgroupHook::name) == cgroup_hooks.end()) {
      std::vector<std::string> names;
      for (const auto& known : cgroup_hooks) names.emplace_back(known.name);
      throw wrong(hook, fmt::format("a cgroup has no hook '{}'", hook),
                  did_you_mean(hook, names, "possible are " + join(names, ", ")));
    }
    return {std::string(rest_.substr(0, colon)), std::string(hook)};
  }

  std::string_view text_, rest_;
  const Complain& complain_;
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

}  // namespace sonda
