#include "runtime/tail_calls.h"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>

#include "image/instructions.h"
#include "runtime/create_map.h"
#include "sonda/error.h"

namespace sonda {
namespace {

/// The program array. Throws if it is none, or if it has no such slot.
const Map& array_of(const LoadedImage& loaded, const TailCall& call) {
  const auto where = to_string(call.at);
  const auto& map = loaded.map(call.map);
  if (map.spec().type != BPF_MAP_TYPE_PROG_ARRAY)
    throw Error(Stage::load, where, fmt::format("{} is no program array", call.map),
                fmt::format("declare it with BPF_PROG_ARRAY({}, SIZE)", call.map));
  if (call.index >= map.spec().max_entries)
    throw Error(Stage::load, where,
                fmt::format("{} has no slot {}: it has {}", call.map, call.index, map.spec().max_entries));
  return map;
}

constexpr int map_register = BPF_REG_2, index_register = BPF_REG_3;

bool is_tail_call(const bpf_insn& instruction) {
  return is_helper_call(instruction) && instruction.imm == BPF_FUNC_tail_call;
}

std::set<std::size_t> jump_targets(const std::vector<bpf_insn>& instructions) {
  std::set<std::size_t> targets;
  for (std::size_t i = 0; i < instructions.size(); ++i)
    if (const auto target = jump_target(instructions[i], static_cast<std::uint32_t>(i))) targets.insert(*target);
  return targets;
}

/// The instruction that gave the register the value it has at `at`, if there is only one way to get there.
std::optional<std::size_t> written_at(const std::vector<bpf_insn>& instructions, const std::set<std::size_t>& targets,
                                      std::size_t at, int reg) {
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

void fill_slot(const LoadedImage& loaded, const TailCall& call, const Program& program) {
  const auto where = to_string(call.at);
  const auto& map = array_of(loaded, call);
  const __u32 index = call.index;
  const __u32 fd = static_cast<__u32>(program.fd());
  if (bpf_map_update_elem(map.fd(), &index, &fd, BPF_ANY) == 0) return;
  if (errno == EINVAL)
    throw Error(Stage::load, where, fmt::format("{} cannot stand beside the others in {}", call.function, call.map),
                "all programs in a program array, and those that jump through it, must be of one type");
  throw system_error(Stage::load, where, "the kernel refuses the program in this slot", errno);
}

bool is_inner_map(const Image& image, const TailCall& call) {
  const auto map = std::ranges::find(image.maps, call.map, &MapSpec::name);
  return map != image.maps.end() && is_map_of_maps(*map);
}

void fill_with_map(const LoadedImage& loaded, const TailCall& call) {
  const auto& outer = loaded.map(call.map);
  const auto& inner = loaded.map(call.function);
  const __u32 index = call.index;
  const int fd = inner.fd();
  const auto where = to_string(call.at);
  if (outer.spec().key_size != sizeof index)
    throw Error(Stage::load, where, fmt::format("the keys of {} are no numbers of 4 bytes", call.map));
  if (bpf_map_update_elem(outer.fd(), &index, &fd, BPF_ANY) == 0) return;
  if (errno == EINVAL)
    throw Error(Stage::load, where, fmt::format("{} is not like the maps that {} holds", call.function, call.map),
                fmt::format("they must be like {}", outer.spec().inner));
  throw system_error(Stage::load, where, fmt::format("the kernel refuses {} in this slot", call.function), errno);
}

bool empty_slot(const LoadedImage& loaded, const TailCall& call) {
  const __u32 index = call.index;
  if (bpf_map_delete_elem(array_of(loaded, call).fd(), &index) == 0) return true;
  if (errno == ENOENT) return false;
  throw system_error(Stage::load, call.map, fmt::format("cannot empty slot {}", index), errno);
}

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
