// Machine code as text, by LLVM, in a worker of its own: the client links no LLVM.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sonda {

enum class InstructionSet : std::uint8_t {
  bpf,
  native  ///< this processor's
};

/// A run of code and where it stands, so that what it refers to relative to itself can be told.
struct Code {
  InstructionSet instruction_set = InstructionSet::bpf;
  std::uint64_t address = 0;
  std::vector<std::byte> bytes;
};

struct CodeLine {
  std::uint32_t offset = 0, size = 0;   ///< bytes, from the start of its code
  std::string text;                     ///< "mov rdi, rbx"; empty where the bytes are no instruction
  std::optional<std::uint64_t> target;  ///< where a jump or call leads
};

/// The instructions of each of `codes`. Starts the worker once. Throws Error(Stage::compile) if there is none or it
/// fails.
std::vector<std::vector<CodeLine>> disassemble(const std::vector<Code>& codes);

/// What goes to the worker and what comes back. Parsing throws Error(Stage::compile) for bytes that make no sense.
std::vector<std::byte> serialize(const std::vector<Code>& codes);
std::vector<Code> parse_codes(std::span<const std::byte> bytes);
std::vector<std::byte> serialize(const std::vector<std::vector<CodeLine>>& lines);
std::vector<std::vector<CodeLine>> parse_code_lines(std::span<const std::byte> bytes);

}  // namespace sonda
