#include "runtime/losses/loss_counters.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>

#include "image/instructions.h"
#include "kernel/libbpf.h"
#include "runtime/put_in.h"
#include "sonda/error.h"

namespace sonda {
namespace {

constexpr int number_size = sizeof(std::uint64_t);

/// Numbers of a call: one for any other cause, then one for each of the helper's.
std::uint32_t numbers_of(const LossyCall& call) { return 1 + static_cast<std::uint32_t>(call.helper->causes.size()); }

/// Jumps over `distance` instructions if the call that was just made did not fail. Of an int, the upper half of R0 may
/// be anything: before Linux 6.4, maps' own functions give 32 bits.
bpf_insn unless_failed(Failure failure, std::size_t distance) {
  switch (failure) {
    case Failure::nonzero:
      return make_instruction(BPF_JMP32 | BPF_JEQ | BPF_K, BPF_REG_0, 0, distance, 0);
    case Failure::negative:
      return make_instruction(BPF_JMP32 | BPF_JSGE | BPF_K, BPF_REG_0, 0, distance, 0);
    case Failure::null:
      break;
  }
  return make_instruction(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, distance, 0);
}

/// The address of a number into register `to`: the two instructions of a wide load.
std::vector<bpf_insn> load_number(int to, int map, std::uint32_t number) {
  return {make_instruction(BPF_LD | BPF_IMM | BPF_DW, to, BPF_PSEUDO_MAP_VALUE, 0, map),
          make_instruction(0, 0, 0, 0, static_cast<int>(number) * number_size)};
}

void append_addition(std::vector<bpf_insn>& code, int to, int one) {
  code.push_back(make_instruction(BPF_ALU64 | BPF_MOV | BPF_K, one, 0, 0, 1));
  code.push_back(make_instruction(BPF_STX | BPF_ATOMIC | BPF_DW, to, one, 0, BPF_ADD));
}

/// What stands behind a call. R0 stays as it is, and after a call nobody has anything in R1 to R5.
std::vector<bpf_insn> counting(const LossyHelper& helper, int map, std::uint32_t first_number) {
  auto add = load_number(BPF_REG_1, map, first_number);
  int number = 0;
  for (const auto cause : helper.causes) {
    add.push_back(make_instruction(BPF_JMP32 | BPF_JNE | BPF_K, BPF_REG_0, 0, 1, -cause));
    add.push_back(make_instruction(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, ++number * number_size));
  }
  append_addition(add, BPF_REG_1, BPF_REG_2);

  std::vector<bpf_insn> code{unless_failed(helper.failure, helper.no_loss.size() + add.size())};
  for (std::size_t i = 0; i < helper.no_loss.size(); ++i)
    code.push_back(make_instruction(BPF_JMP32 | BPF_JEQ | BPF_K, BPF_REG_0, 0,
                                    helper.no_loss.size() - i - 1 + add.size(), -helper.no_loss[i]));
  code.insert(code.end(), add.begin(), add.end());
  return code;
}

/// Counts where the program itself asks, on the way of the one that was given nothing.
Insertion counting_at(const NullCheck& check, const bpf_insn& jump, int map, std::uint32_t number) {
  auto add = load_number(check.free[0], map, number);
  append_addition(add, check.free[0], check.free[1]);
  if (BPF_OP(jump.code) == BPF_JNE) return {check.instruction, Insertion::Place::behind, std::move(add)};
  // "if it is 0, go there" becomes "if it is not, go on", counting, "go there".
  std::vector<bpf_insn> code{make_instruction(BPF_JMP | BPF_JNE | BPF_K, jump.dst_reg, 0, add.size() + 1, 0)};
  code.insert(code.end(), add.begin(), add.end());
  code.push_back(make_instruction(BPF_JMP | BPF_JA, 0, 0, 0, 0));
  return {check.instruction, Insertion::Place::instead, std::move(code), jump_target(jump, check.instruction)};
}

/// Adds to the one of the same place and reason, or as another one.
void add_loss(std::vector<Loss>& losses, const Loss& loss) {
  const auto known = std::ranges::find_if(losses, [&](const Loss& one) {
    return one.what == loss.what && one.map == loss.map && one.at.file == loss.at.file && one.at.line == loss.at.line &&
           one.reason == loss.reason;
  });
  if (known == losses.end())
    losses.push_back(loss);
  else
    known->count += loss.count;
}

}  // namespace

LossCounters::LossCounters(const Image& image) {
  for (const auto& program : image.programs) {
    auto calls = lossy_calls(program);
    if (calls.empty()) continue;
    const auto first = numbers_;
    for (const auto& call : calls) numbers_ += numbers_of(call);
    functions_.push_back({program.name, first, std::move(calls)});
  }
  if (numbers_ == 0) return;
  const QuietLibbpf quiet;
  map_ = UniqueFd(std::max(
      bpf_map_create(BPF_MAP_TYPE_ARRAY, "sonda_losses", sizeof(__u32), numbers_ * number_size, 1, nullptr), -1));
}

const LossCounters::Function* LossCounters::find(const std::string& program) const {
  const auto found = std::ranges::find(functions_, program, &Function::name);
  return found == functions_.end() ? nullptr : &*found;
}

bool LossCounters::has_calls(const std::string& program) const { return find(program) != nullptr; }

std::optional<ProgramSpec> LossCounters::with_counting(const ProgramSpec& program) const {
  const auto* function = find(program.name);
  if (function == nullptr || !map_) return std::nullopt;
  std::vector<Insertion> insertions;
  auto number = function->first;
  for (const auto& call : function->calls) {
    if (call.check)
      insertions.push_back(counting_at(*call.check, program.instructions[call.check->instruction], map_.get(), number));
    else
      insertions.push_back({call.instruction, Insertion::Place::behind, counting(*call.helper, map_.get(), number)});
    number += numbers_of(call);
  }
  return put_in(program, insertions);
}

void LossCounters::add_to(std::vector<Loss>& losses, const std::vector<std::shared_ptr<Map>>& maps,
                          const std::string& file) const {
  if (!map_) return;
  std::vector<std::uint64_t> counts(numbers_);
  const __u32 only = 0;
  if (bpf_map_lookup_elem(map_.get(), &only, counts.data()) != 0)
    throw system_error(Stage::read, file, "reading what failed calls have lost", errno);
  for (const auto& function : functions_) {
    auto number = function.first;
    for (const auto& call : function.calls) {
      const auto* map = call.map && *call.map < maps.size() ? &maps[*call.map]->spec() : nullptr;
      for (std::uint32_t i = 0; i < numbers_of(call); ++i, ++number) {
        if (counts[number] == 0) continue;
        const int error = i == 0 ? 0 : call.helper->causes[i - 1];
        add_loss(losses, {.what = call.helper->what,
                          .map = map != nullptr ? map->name : std::string(),
                          .at = {file, static_cast<int>(call.line), 0},
                          .reason = reason_of(*call.helper, error, map),
                          .error = error,
                          .count = counts[number]});
      }
    }
  }
}

bool is_full_perf_buffer(const Loss& loss) { return loss.what == Loss::What::events && loss.error == ENOSPC; }

std::uint64_t take_losses(std::vector<Loss>& losses, const LoadedImage& loaded, const ProbeSource& source) {
  std::uint64_t unsaid = 0;
  for (const auto& loss : loaded.losses()) {
    if (!std::ranges::binary_search(source.quiet_lines(), loss.at.line))
      add_loss(losses, loss);
    else if (is_full_perf_buffer(loss))
      unsaid += loss.count;
  }
  return unsaid;
}

}  // namespace sonda
