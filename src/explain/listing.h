// The code of a program, BPF and native, put together instruction by instruction.
#pragma once

#include <span>
#include <vector>

#include "compile/disassembly.h"
#include "explain/native.h"
#include "explain/observe.h"
#include "sonda/explanation.h"
#include "sonda/image.h"
#include "sonda/symbols.h"

namespace sonda {

/// The program's code as the disassembler wants it.
Code code_of(const ProgramSpec& program);

/// The same of what the JIT made: a run of code for each function.
std::vector<Code> codes_of(const NativeCode& native);

/// The lines of those runs as one.
std::vector<CodeLine> joined(const NativeCode& native, std::span<const std::vector<CodeLine>> runs);

/// The instructions with what the image and the trace tell of them. `lines` are those of the disassembler.
std::vector<BpfLine> bpf_lines(const Image& image, const ProgramSpec& program, const std::vector<CodeLine>& lines,
                               const Observed& seen);

/// Gives each instruction its native code; what comes before the first one's becomes `entry`, and the same in functions
/// that are called.
void add_native(std::vector<BpfLine>& code, std::vector<NativeLine>& entry, const NativeCode& native,
                const std::vector<CodeLine>& lines, const ProgramSpec& program, KernelSymbols& symbols);

}  // namespace sonda
