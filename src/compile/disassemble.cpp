// The client's side.
#include <fmt/format.h>

#include "base/locations.h"
#include "compile/disassembly.h"
#include "compile/worker_process.h"
#include "sonda/error.h"

namespace sonda {

std::vector<std::vector<CodeLine>> disassemble(const std::vector<Code>& codes) {
  constexpr std::chrono::seconds enough{60};
  const auto output = run_worker(disassembler_program(), serialize(codes), enough);
  if (output.status != 0)
    throw Error(Stage::compile, "the disassembler", fmt::format("ended with status {}", output.status))
        .with_details(output.chatter);
  auto lines = parse_code_lines(output.answer);
  if (lines.size() != codes.size()) throw Error(Stage::compile, "the disassembler", "gave an answer to something else");
  return lines;
}

}  // namespace sonda
