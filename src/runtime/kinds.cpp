#include "runtime/kinds.h"

#include <bpf/libbpf.h>

#include "runtime/guess_kind.h"

namespace sonda {

Kinds kinds_of(const Probe& probe) {
  Kinds kinds;
  for (const auto& attachment : probe.attachments()) kinds.emplace(attachment.function, program_kind(attachment.point));
  add_called_functions(kinds, probe.image(), probe.source().tail_calls());
  for (const auto& program : probe.image().programs)
    if (!kinds.contains(program.name)) kinds.emplace(program.name, guess_kind(probe.image(), program));
  return kinds;
}

std::string type_name(bpf_prog_type type) {
  const char* name = libbpf_bpf_prog_type_str(type);
  return name != nullptr ? name : std::to_string(type);
}

}  // namespace sonda
