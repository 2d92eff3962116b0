#include "runtime/tail_call_paths.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "image/instructions.h"

namespace sonda {
namespace {

constexpr std::uint32_t map_register = BPF_REG_2, index_register = BPF_REG_3;

bool is_tail_call(const bpf_insn& instruction) {
  return is_helper_call(instruction) && instruction.imm == BPF_FUNC_tail_call;
}

bool is_jump(const bpf_insn& instruction) {
  const auto kind = BPF_CLASS(instruction.code);
  const auto operation = BPF_OP(instruction.code);
  return (kind == BPF_JMP || kind == BPF_JMP32) && operation != BPF_CALL && operation != BPF_EXIT;
}

bool writes(const bpf_insn& instruction, std::uint32_t reg) {
  const auto kind = BPF_CLASS(instruction.code);
  const bool to_register = kind == BPF_ALU || kind == BPF_ALU64 || kind == BPF_LD || kind == BPF_LDX;
  // A call leaves nothing in the registers of its arguments.
  return (to_register && instruction.dst_reg == reg) || is_call(instruction);
}

std::set<std::size_t> jump_targets(const std::vector<bpf_insn>& instructions) {
  std::set<std::size_t> targets;
  for (std::size_t i = 0; i < instructions.size(); ++i)
    if (is_jump(instructions[i]))
      targets.insert(static_cast<std::size_t>(static_cast<std::ptrdiff_t>(i) + 1 + instructions[i].off));
  return targets;
}

/// The instruction that gave the register the value it has at `at`, if there is only one way to get there.
std::optional<std::size_t> written_at(const std::vector<bpf_insn>& instructions, const std::set<std::size_t>& targets,
                                      std::size_t at, std::uint32_t reg) {
  while (at > 0 && !targets.contains(at)) {
    --at;
    const bool second_half = at > 0 && is_wide(instructions[at - 1]);
    if (second_half) continue;
    if (writes(instructions[at], reg)) return at;
  }
  return std::nullopt;
}

bool sets_constant(const bpf_insn& instruction) {
  return instruction.code == (BPF_ALU64 | BPF_MOV | BPF_K) || instruction.code == (BPF_ALU | BPF_MOV | BPF_K);
}

std::vector<std::string> arrays_used(const Image& image, const ProgramSpec& program,
                                     std::optional<std::size_t> instruction) {
  std::vector<std::string> arrays;
  for (const auto& use : program.maps) {
    const auto& map = image.maps.at(use.map);
    if (map.type != BPF_MAP_TYPE_PROG_ARRAY || (instruction && use.instruction != *instruction)) continue;
    if (std::ranges::find(arrays, map.name) == arrays.end()) arrays.push_back(map.name);
  }
  return arrays;
}

/// Which function may follow which.
using Graph = std::map<std::string, std::vector<std::string>>;

Graph graph_of(const Image& image, const std::vector<TailCall>& calls) {
  Graph graph;
  for (const auto& program : image.programs)
    for (const auto& jump : tail_jumps(image, program))
      for (const auto& call : calls)
        if (call.map == jump.map && (!jump.index || *jump.index == call.index))
          graph[program.name].push_back(call.function);
  return graph;
}

/// The longest path from each function; stops at the first one that comes back to where it was.
class Paths {
 public:
  explicit Paths(const Graph& graph) : graph_(graph) {}

  const std::vector<std::string>& longest_from(const std::string& function) {
    if (const auto known = longest_.find(function); known != longest_.end()) return known->second;
    std::vector<std::string> best;
    open_.push_back(function);
    if (const auto next = graph_.find(function); next != graph_.end()) {
      for (const auto& follower : next->second) {
        if (loop_.empty() && std::ranges::find(open_, follower) != open_.end()) {
          loop_.assign(std::ranges::find(open_, follower), open_.end());
          loop_.push_back(follower);
        }
        if (!loop_.empty()) break;
        if (const auto& rest = longest_from(follower); rest.size() > best.size()) best = rest;
      }
    }
    open_.pop_back();
    best.insert(best.begin(), function);
    return longest_[function] = std::move(best);
  }
  /// The functions of a loop, the first one again at its end; empty if there is none.
  const std::vector<std::string>& loop() const { return loop_; }

 private:
  const Graph& graph_;
  std::map<std::string, std::vector<std::string>> longest_;
  std::vector<std::string> open_, loop_;
};

std::string spelled(const std::vector<std::string>& path) {
  constexpr std::size_t shown = 3;
  std::string text;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path.size() > 2 * shown && i == shown) text += " -> ...", i = path.size() - shown;
    text += (i == 0 ? "" : " -> ") + path[i];
  }
  return text;
}

}  // namespace

std::vector<TailJump> tail_jumps(const Image& image, const ProgramSpec& program) {
  std::vector<TailJump> jumps;
  const auto targets = jump_targets(program.instructions);
  for (std::size_t i = 0; i < program.instructions.size(); ++i) {
    if (!is_tail_call(program.instructions[i])) continue;
    const auto index_at = written_at(program.instructions, targets, i, index_register);
    const auto map_at = written_at(program.instructions, targets, i, map_register);
    std::optional<std::uint32_t> index;
    if (index_at && sets_constant(program.instructions[*index_at]))
      index = static_cast<std::uint32_t>(program.instructions[*index_at].imm);
    const bool loads_map = map_at && is_wide(program.instructions[*map_at]);
    for (auto& array : arrays_used(image, program, loads_map ? map_at : std::nullopt))
      jumps.push_back({std::move(array), index});
  }
  return jumps;
}

std::string tail_call_warning(const Image& image, const std::vector<TailCall>& calls) {
  const auto graph = graph_of(image, calls);
  Paths paths(graph);
  std::vector<std::string> longest;
  for (const auto& program : image.programs) {
    const auto& path = paths.longest_from(program.name);
    if (!paths.loop().empty())
      return fmt::format(
          "tail calls: {} comes back to where it began. Unless a program stops by itself, the kernel "
          "does: after {} jumps bpf_tail_call() does nothing, and the program goes on behind it",
          spelled(paths.loop()), most_tail_calls);
    if (path.size() > longest.size()) longest = path;
  }
  if (longest.size() <= most_tail_calls + 1) return {};
  return fmt::format(
      "tail calls: {} are {} jumps, and the kernel makes {} at most. {} and what comes after it will not "
      "run: at the {}th jump bpf_tail_call() does nothing, and {} goes on behind it",
      spelled(longest), longest.size() - 1, most_tail_calls, longest[most_tail_calls + 1], most_tail_calls + 1,
      longest[most_tail_calls]);
}

}  // namespace sonda
