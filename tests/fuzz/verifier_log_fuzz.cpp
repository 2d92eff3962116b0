// Verifier logs of any content: a report whose words are the log's own.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/text.h"
#include "verifier/log.h"
#include "verifier/path.h"
#include "verifier/refusal.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string log(data, data + size);
  const auto report = sonda::parse_verifier_log(log);
  if (report.instruction < -1 || report.reason.size() > 500) __builtin_trap();
  if (report.line && log.find(report.line->text) == std::string::npos) __builtin_trap();
  const auto first = report.reason.substr(0, report.reason.find("; "));
  if (log.find(first) == std::string::npos) __builtin_trap();
  if (report.explanation.empty() != (sonda::find_rejection(report.reason) == nullptr)) __builtin_trap();

  sonda::Image image;
  image.key.probe = "fuzz.c";
  image.key.source = log;
  sonda::ProgramSpec spec;
  spec.lines = {{0, 0, 0, 1, 1}, {7, 0, 0, 0x3fffff, 1023}};
  // Instructions of any kind, as many as the log walks at most.
  for (std::size_t i = 0; i < 64; ++i) {
    bpf_insn instruction{};
    instruction.code = i < size ? data[i] : std::uint8_t{0x95};
    instruction.dst_reg = static_cast<std::uint8_t>(i & 15U);
    instruction.src_reg = static_cast<std::uint8_t>((i >> 2U) & 15U);
    instruction.off = static_cast<std::int16_t>(static_cast<int>(i) - 32);
    instruction.imm = static_cast<std::int32_t>(i * 97) - 800;
    spec.instructions.push_back(instruction);
  }
  const auto analysis = sonda::analyse_rejection(image, spec, log);
  for (const auto& change : analysis.suggestions)
    if (sonda::with_suggestion(change, log).empty() && size > 1) __builtin_trap();
  for (const auto& line : analysis.path.lines)
    if (sonda::describe(line, analysis.path).empty()) __builtin_trap();
  if (sonda::verifier_error(image, spec, report, log).subject().empty()) __builtin_trap();
  return 0;
}
