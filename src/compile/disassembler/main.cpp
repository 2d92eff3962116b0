// sonda-disassemble: takes code on its standard input, answers with its instructions on its standard output, and ends.

#include <llvm-c/Disassembler.h>
#include <llvm-c/Target.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string_view>

#include "base/files.h"
#include "base/text.h"
#include "compile/disassembly.h"
#include "compile/worker/confine.h"
#include "kernel/arch.h"
#include "sonda/error.h"

namespace sonda {
namespace {

// Also what BPF's widest instruction takes.
constexpr std::size_t longest_instruction = 16;

struct Free {
  void operator()(void* context) const { LLVMDisasmDispose(context); }
};
using Disassembler = std::unique_ptr<void, Free>;

/// LLVM asks for a name of what an instruction refers to; none is given, but a branch's target is noted.
const char* note_target(void* into, std::uint64_t value, std::uint64_t* type, std::uint64_t /*address*/,
                        const char** /*name*/) {
  if (*type == LLVMDisassembler_ReferenceType_In_Branch) static_cast<CodeLine*>(into)->target = value;
  *type = LLVMDisassembler_ReferenceType_InOut_None;
  return nullptr;
}

Disassembler disassembler_for(InstructionSet instruction_set, CodeLine& current) {
  const char* triple = instruction_set == InstructionSet::bpf ? "bpfel" : arch::llvm_triple;
  Disassembler made(LLVMCreateDisasm(triple, &current, 0, nullptr, note_target));
  if (!made) throw Error(Stage::compile, "the disassembler", std::string("LLVM does not know ") + triple);
  // Of the two ways to write it the one of the processor's own manual. LLVM has but one for BPF. Another way is another
  // printer, which knows nothing of what the one before it was told.
  if (instruction_set == InstructionSet::native)
    LLVMSetDisasmOptions(made.get(), LLVMDisassembler_Option_AsmPrinterVariant);
  LLVMSetDisasmOptions(made.get(), LLVMDisassembler_Option_PrintImmHex);
  return made;
}

/// LLVM begins with a tabulator and puts another one between the operation and its operands.
std::string tidy(std::string_view text) {
  std::string result(trim(text));
  for (auto& c : result)
    if (c == '\t') c = ' ';
  return result;
}

std::vector<CodeLine> lines_of(Code code) {
  std::vector<CodeLine> lines;
  CodeLine current;
  const auto disassembler = disassembler_for(code.instruction_set, current);
  auto* bytes = reinterpret_cast<std::uint8_t*>(code.bytes.data());
  for (std::size_t at = 0; at < code.bytes.size();) {
    std::array<char, 256> text{};
    current = {.offset = static_cast<std::uint32_t>(at)};
    const auto size = LLVMDisasmInstruction(disassembler.get(), bytes + at, code.bytes.size() - at, code.address + at,
                                            text.data(), text.size());
    if (size != 0 && size <= longest_instruction) current.text = tidy(text.data());
    const auto skipped = code.instruction_set == InstructionSet::bpf ? std::size_t{8} : std::size_t{1};
    current.size = static_cast<std::uint32_t>(std::min(size != 0 ? size : skipped, code.bytes.size() - at));
    at += current.size;
    lines.push_back(current);
  }
  return lines;
}

std::vector<std::byte> answer_to(std::span<const std::byte> request) {
  LLVMInitializeBPFTargetInfo();
  LLVMInitializeBPFTargetMC();
  LLVMInitializeBPFDisassembler();
  LLVMInitializeNativeTarget();
  LLVMInitializeNativeAsmPrinter();
  LLVMInitializeNativeDisassembler();
  std::vector<std::vector<CodeLine>> lines;
  for (auto& code : parse_codes(request)) lines.push_back(lines_of(std::move(code)));
  return serialize(lines);
}

}  // namespace
}  // namespace sonda

int main() {
  using namespace sonda;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody would read the answer
  try {
    const auto request = read_all(STDIN_FILENO, "the request", Stage::compile);
    // What others had the kernel make of their programs is as little to be trusted as their texts.
    confine({.memory = usual_memory, .seconds = usual_seconds});
    write_all(STDOUT_FILENO, answer_to(std::as_bytes(std::span(request))), "the answer", Stage::compile);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sonda-disassemble: %s\n", error.what());
    return 1;
  }
  return 0;
}
