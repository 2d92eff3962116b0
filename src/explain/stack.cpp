// Where the 512 bytes of a program's stack went.
#include "explain/observe.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "explain/helpers.h"
#include "image/spell.h"

namespace sonda {
namespace {

constexpr std::size_t most_contents = 6;

struct Range {
  int begin = 0, end = 0;  // from the frame pointer; `end` is the first byte behind it
  bool overlaps(const Range& other) const { return begin < other.end && other.begin < end; }
};

Range range_of(const StackSlot& slot) { return {slot.offset, slot.offset + static_cast<int>(slot.size)}; }
Range range_of(const StackAccess& access) { return {access.offset, access.offset + static_cast<int>(access.size)}; }

/// The names behind `&` in a line, in their order.
std::vector<std::string> addressed_names(std::string_view line) {
  std::vector<std::string> names;
  for (std::size_t at = line.find('&'); at != std::string_view::npos; at = line.find('&', at + 1)) {
    if (at + 1 < line.size() && line[at + 1] == '&') {
      ++at;
      continue;
    }
    auto rest = trim(line.substr(at + 1));
    const auto end = std::ranges::find_if_not(rest, is_name_character) - rest.begin();
    const std::string name(rest.substr(0, static_cast<std::size_t>(end)));
    const auto before = trim(line.substr(0, at));
    // After a value it is the operator "and".
    const bool is_operator = !before.empty() && (is_name_character(before.back()) || before.back() == ')');
    if (is_identifier(name) && !is_operator && std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

class StackSlots {
 public:
  StackSlots(const Image& image, const std::vector<StackAccess>& accesses, const std::vector<BpfLine>& code,
             const std::vector<std::string>& source)
      : image_(image), accesses_(accesses), code_(code), source_(source) {}

  std::vector<StackSlot> find() {
    for (const auto& access : accesses_)
      if (access.way == StackAccess::Way::passed) add_passed(access);
    for (const auto& access : accesses_)
      if (access.way != StackAccess::Way::passed) add_touched(access);
    for (auto& slot : slots_) {
      std::ranges::sort(slot.instructions);
      const auto same = std::ranges::unique(slot.instructions);
      slot.instructions.erase(same.begin(), same.end());
    }
    std::ranges::sort(slots_, std::greater(), [](const StackSlot& slot) { return slot.offset; });
    for (auto& slot : slots_)
      if (slot.certainty == StackSlot::Certainty::unknown) describe_unnamed(slot);
    return std::move(slots_);
  }

 private:
  const BpfLine& line_at(std::uint32_t instruction) const {
    static const BpfLine none;
    const auto found = std::ranges::lower_bound(code_, instruction, {}, &BpfLine::index);
    return found == code_.end() || found->index != instruction ? none : *found;
  }

  static void grow(StackSlot& slot, const Range& range) {
    const auto now = range_of(slot);
    slot.offset = std::min(now.begin, range.begin);
    slot.size = static_cast<std::uint32_t>(std::max(now.end, range.end) - slot.offset);
  }

  StackSlot* holding(const Range& range) {
    for (auto& slot : slots_)
      if (range_of(slot).overlaps(range)) return &slot;
    return nullptr;
  }

  void add_passed(StackAccess access) {
    if (access.size == 0) access.size = 1;
    auto passed = slot_of(access);
    auto* slot = holding(range_of(access));
    if (slot == nullptr) return slots_.push_back(std::move(passed));
    slot->instructions.push_back(access.instruction);
    // A whole variable says more than a member of it, its name more than what a helper does with it.
    const bool names_variable = is_identifier(passed.name) && !is_identifier(slot->name);
    if (passed.size > slot->size || (passed.size == slot->size && names_variable)) {
      const auto before = range_of(*slot);
      passed.instructions = std::move(slot->instructions);
      *slot = std::move(passed);
      grow(*slot, before);
    } else {
      grow(*slot, range_of(access));
    }
  }

  StackSlot slot_of(const StackAccess& access) const {
    StackSlot slot{.offset = access.offset, .size = access.size, .instructions = {access.instruction}};
    const auto names = names_in_line(access.instruction);
    const auto place = passed_before(access);
    if (const auto all = passed_by(access.instruction); names.size() == all && place < names.size()) {
      slot.name = names[place];
      slot.certainty = StackSlot::Certainty::guess;
      slot.why = fmt::format("line {} passes its address", line_at(access.instruction).line);
    } else if (const auto role = role_of(access); !role.empty()) {
      slot.name = role;
      slot.certainty = StackSlot::Certainty::guess;
      slot.why = fmt::format("what {} is given", line_at(access.instruction).call->name);
    }
    slot.type = type_of(access);
    return slot;
  }

  void add_touched(const StackAccess& access) {
    if (auto* slot = holding(range_of(access))) {
      grow(*slot, range_of(access));
      slot->instructions.push_back(access.instruction);
      return;
    }
    slots_.push_back({.offset = access.offset, .size = access.size, .instructions = {access.instruction}});
  }

  std::vector<std::string> names_in_line(std::uint32_t instruction) const {
    const auto line = line_at(instruction).line;
    return line >= 1 && line <= source_.size() ? addressed_names(source_[line - 1]) : std::vector<std::string>();
  }

  /// How many places of the stack the call is given, and how many of them before this one.
  std::size_t passed_by(std::uint32_t instruction) const {
    return static_cast<std::size_t>(std::ranges::count_if(accesses_, [&](const StackAccess& other) {
      return other.way == StackAccess::Way::passed && other.instruction == instruction;
    }));
  }
  std::size_t passed_before(const StackAccess& access) const {
    return static_cast<std::size_t>(std::ranges::count_if(accesses_, [&](const StackAccess& other) {
      return other.way == StackAccess::Way::passed && other.instruction == access.instruction &&
             other.argument < access.argument;
    }));
  }

  /// "key for began".
  std::string role_of(const StackAccess& access) const {
    const auto& line = line_at(access.instruction);
    if (!line.call) return {};
    const auto* helper = find_helper(line.call->number);
    if (helper == nullptr) return {};
    const auto parameters = parameters_of(*helper);
    const auto at = static_cast<std::size_t>(access.argument - 1);
    if (at >= parameters.size()) return {};
    const auto name = parameters[at].substr(parameters[at].find_last_of(" *") + 1);
    return fmt::format("{} for {}", name, line.map.empty() ? line.call->name.substr(4) : line.map);
  }

  std::string type_of(const StackAccess& access) const {
    const auto& line = line_at(access.instruction);
    const auto map = std::ranges::find(image_.maps, line.map, &MapSpec::name);
    if (map == image_.maps.end()) return {};
    for (const auto* schema : {&map->key, &map->value, &map->event})
      if (!schema->empty() && schema->size() == access.size && (schema != &map->key || access.argument == 2))
        return spell(*schema, 0);
    return {};
  }

  /// Only written and read again, eight bytes at a time.
  void describe_unnamed(StackSlot& slot) const {
    const bool whole = std::ranges::all_of(accesses_, [&](const StackAccess& access) {
      return !range_of(access).overlaps(range_of(slot)) || (access.size == 8 && access.way != StackAccess::Way::passed);
    });
    slot.spill = whole && slot.size == 8;
    slot.why = slot.spill ? "a register put aside: there are more values than registers" : "not passed to a helper";
  }

  const Image& image_;
  const std::vector<StackAccess>& accesses_;
  const std::vector<BpfLine>& code_;
  const std::vector<std::string>& source_;
  std::vector<StackSlot> slots_;
};

}  // namespace

std::vector<StackSlot> stack_slots(const Image& image, const std::vector<StackAccess>& accesses,
                                   const std::vector<std::pair<int, std::vector<std::string>>>& contents,
                                   const std::vector<BpfLine>& code, const std::vector<std::string>& source) {
  auto slots = StackSlots(image, accesses, code, source).find();
  for (auto& slot : slots) {
    for (const auto& [offset, states] : contents) {
      if (offset < slot.offset - 7 || offset >= slot.offset + static_cast<int>(slot.size)) continue;
      for (const auto& state : states) {
        const auto text = fmt::format("fp{}={}", offset, state);
        if (slot.contents.size() < most_contents && std::ranges::find(slot.contents, text) == slot.contents.end())
          slot.contents.push_back(text);
      }
    }
  }
  return slots;
}

}  // namespace sonda
