// What the verifier's trace tells of each instruction, over all its visits, and of the stack.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sonda/explanation.h"
#include "sonda/image.h"
#include "verifier/trace.h"

namespace sonda {

/// A touch of the stack by an instruction, in bytes from the frame pointer.
struct StackAccess {
  std::uint32_t instruction = 0;
  int offset = 0;
  std::uint32_t size = 0;  ///< 0: not known
  enum class Way : std::uint8_t { read, write, passed } way = Way::read;
  int argument = 0;  ///< the register of a call that it is passed in
  auto operator<=>(const StackAccess&) const = default;
};

struct Observed {
  struct Instruction {
    std::size_t visits = 0;
    bool jumped = false, fell_through = false;  ///< of a branch: where paths went on
    std::vector<RegisterFact> registers;
    /// Of R1 to R5 at a call: the wide load that the value comes from, if it is the same on all ways.
    std::vector<std::optional<std::uint32_t>> loads;
  };
  std::vector<Instruction> instructions;  ///< one for each of the program
  std::vector<StackAccess> stack;         ///< each once
  /// Stack places ("fp-16") and what was seen there, each once, in the order met.
  std::vector<std::pair<int, std::vector<std::string>>> contents;
};

Observed observe(const ProgramSpec& program, const Trace& trace);

/// The states of a register before an instruction; none if there are more than are kept.
std::vector<std::string> states_before(const std::vector<RegisterFact>& facts, int number);

/// The stack as far as the instructions alone tell.
std::vector<StackAccess> stack_without_trace(const ProgramSpec& program);

/// The slots that `accesses` of a program show, from the frame pointer down. `code` tells which line and which map an
/// instruction is about, `source` are the lines of the file.
std::vector<StackSlot> stack_slots(const Image& image, const std::vector<StackAccess>& accesses,
                                   const std::vector<std::pair<int, std::vector<std::string>>>& contents,
                                   const std::vector<BpfLine>& code, const std::vector<std::string>& source);

}  // namespace sonda
