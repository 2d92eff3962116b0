#include "runtime/losses/lossy_calls.h"

#include <algorithm>
#include <array>

#include "image/instructions.h"

namespace sonda {
namespace {

bool is_delete(const bpf_insn& code) { return is_helper_call(code) && code.imm == BPF_FUNC_map_delete_elem; }

/// Which instructions come before each and after it.
class Flow {
 public:
  explicit Flow(const std::vector<bpf_insn>& code) : next_(code.size()), before_(code.size()) {
    for (std::uint32_t i = 0; i < code.size(); ++i) {
      const auto size = is_wide(code[i]) ? 2U : 1U;
      const auto target = jump_target(code[i], i);
      if (target) connect(i, *target);
      const bool ends = code[i].code == (BPF_JMP | BPF_EXIT) || (target && !is_conditional(code[i]));
      if (!ends) connect(i, i + size);
      i += size - 1;
    }
  }
  const std::vector<std::uint32_t>& next(std::uint32_t at) const { return next_[at]; }
  const std::vector<std::uint32_t>& before(std::uint32_t at) const { return before_[at]; }

 private:
  void connect(std::uint32_t from, std::uint32_t to) {
    if (to >= next_.size()) return;
    next_[from].push_back(to);
    before_[to].push_back(from);
  }
  std::vector<std::vector<std::uint32_t>> next_, before_;
};

class CallFinder {
 public:
  explicit CallFinder(const ProgramSpec& program) : program_(program), code_(program.instructions), flow_(code_) {}

  std::vector<LossyCall> find() const {
    std::vector<LossyCall> calls;
    auto line = program_.lines.begin();
    std::uint32_t number = 0;
    for (std::uint32_t i = 0; i < code_.size(); ++i) {
      // What the compiler made up has no line of its own: it belongs to the one before.
      for (; line != program_.lines.end() && line->instruction <= i; ++line)
        if (line->line != 0) number = line->line;
      const auto* helper = is_helper_call(code_[i]) ? lossy_helper(code_[i].imm) : nullptr;
      if (helper != nullptr && !(helper->what == Loss::What::reads && is_result_used(i)))
        calls.push_back({.instruction = i,
                         .helper = helper,
                         .map = helper->map_register == 0 ? std::nullopt : map_in(helper->map_register, i),
                         .check = helper->failure == Failure::null ? null_check(i) : std::nullopt,
                         .line = number});
      if (is_wide(code_[i])) ++i;
    }
    return calls;
  }

  std::vector<std::uint32_t> maps_deleted_from() const {
    std::vector<std::uint32_t> maps;
    for (std::uint32_t i = 0; i < code_.size(); ++i)
      if (is_delete(code_[i]))
        if (const auto map = map_in(BPF_REG_1, i)) maps.push_back(*map);
    return maps;
  }

 private:
  bool is_result_used(std::uint32_t call) const {
    std::vector<bool> seen(code_.size());
    auto ahead = flow_.next(call);
    while (!ahead.empty()) {
      const auto at = ahead.back();
      ahead.pop_back();
      if (seen[at]) continue;
      seen[at] = true;
      if (reads(code_[at], BPF_REG_0)) return true;
      if (writes(code_[at], BPF_REG_0)) continue;
      ahead.insert(ahead.end(), flow_.next(at).begin(), flow_.next(at).end());
    }
    return false;
  }

  /// The only map whose descriptor can be in that register before the instruction at `at`.
  std::optional<std::uint32_t> map_in(int number, std::uint32_t at) const {
    struct Wanted {
      std::uint32_t at;
      int number;
    };
    std::optional<std::uint32_t> map;
    std::vector<bool> seen(code_.size() * MAX_BPF_REG);
    std::vector<Wanted> behind{{at, number}};
    while (!behind.empty()) {
      const auto wanted = behind.back();
      behind.pop_back();
      const auto mark = std::size_t{wanted.at} * MAX_BPF_REG + static_cast<std::size_t>(wanted.number);
      if (seen[mark]) continue;
      seen[mark] = true;
      if (flow_.before(wanted.at).empty()) return std::nullopt;  // the function's own argument
      for (const auto from : flow_.before(wanted.at)) {
        const auto& code = code_[from];
        if (!writes(code, wanted.number)) {
          behind.push_back({from, wanted.number});
        } else if (code.code == (BPF_ALU64 | BPF_MOV | BPF_X) && code.off == 0) {
          behind.push_back({from, code.src_reg});
        } else {
          const auto loaded = is_wide(code) ? map_loaded_at(from) : std::nullopt;
          if (!loaded || (map && *map != *loaded)) return std::nullopt;
          map = loaded;
        }
      }
    }
    return map;
  }

  /// The first jump after the call, if nobody else jumps to where it is or on the way there.
  std::optional<NullCheck> null_check(std::uint32_t call) const {
    std::array<bool, MAX_BPF_REG> has_it{true}, is_used{};
    for (auto at = call + 1; at < code_.size(); ++at) {
      const auto& code = code_[at];
      if (flow_.before(at).size() != 1 || is_call(code) || code.code == (BPF_JMP | BPF_EXIT)) return std::nullopt;
      if (jump_target(code, at)) return asks_for_null(code, has_it) ? with_free(at, is_used) : std::nullopt;
      const bool copies = code.code == (BPF_ALU64 | BPF_MOV | BPF_X) && code.off == 0 && has_it[code.src_reg];
      for (std::uint8_t number = 0; number < MAX_BPF_REG; ++number) {
        if (!writes(code, number)) continue;
        has_it[number] = copies;
        is_used[number] = true;
      }
      if (is_wide(code)) ++at;
    }
    return std::nullopt;
  }

  static bool asks_for_null(const bpf_insn& code, const std::array<bool, MAX_BPF_REG>& has_it) {
    const bool by_zero = code.code == (BPF_JMP | BPF_JEQ | BPF_K) || code.code == (BPF_JMP | BPF_JNE | BPF_K);
    return by_zero && code.imm == 0 && has_it[code.dst_reg];
  }

  /// The call has emptied R1 to R5; those that were not used since are free.
  static std::optional<NullCheck> with_free(std::uint32_t at, const std::array<bool, MAX_BPF_REG>& is_used) {
    NullCheck check{.instruction = at};
    std::size_t found = 0;
    for (std::uint8_t number = BPF_REG_1; number <= BPF_REG_5 && found < 2; ++number)
      if (!is_used[number]) check.free[found++] = number;
    return found == 2 ? std::optional(check) : std::nullopt;
  }

  std::optional<std::uint32_t> map_loaded_at(std::uint32_t at) const {
    const auto found = std::ranges::find(program_.maps, at, &MapReference::instruction);
    if (found == program_.maps.end() || code_[at].src_reg == BPF_PSEUDO_MAP_VALUE) return std::nullopt;
    return found->map;
  }

  const ProgramSpec& program_;
  const std::vector<bpf_insn>& code_;
  Flow flow_;
};

}  // namespace

std::vector<LossyCall> lossy_calls(const ProgramSpec& program) {
  const auto is_lossy = [](const bpf_insn& code) { return is_helper_call(code) && lossy_helper(code.imm) != nullptr; };
  if (std::ranges::none_of(program.instructions, is_lossy)) return {};
  return CallFinder(program).find();
}

std::vector<std::uint32_t> maps_deleted_from(const ProgramSpec& program) {
  if (std::ranges::none_of(program.instructions, is_delete)) return {};
  return CallFinder(program).maps_deleted_from();
}

}  // namespace sonda
