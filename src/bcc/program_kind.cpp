#include "bcc/program_kind.h"

#include <string>

#include "sonda/attach_point.h"
#include "sonda/error.h"
#include "sonda/link.h"

namespace sonda::bcc {

ProgramKind program_kind(int type, std::string_view function, int attach_type) {
  ProgramKind kind(static_cast<bpf_prog_type>(type));
  if (attach_type >= 0) kind.attach_type = static_cast<std::uint32_t>(attach_type);
  if (kind.type != BPF_PROG_TYPE_TRACING && kind.type != BPF_PROG_TYPE_LSM) return kind;
  const std::string name(function);
  if (const auto point = conventional_point(name))
    if (auto told = sonda::program_kind(*point); told.type == kind.type) return told;
  throw Error(Stage::load, name, "its name does not say which function of the kernel it is for",
              "KFUNC_PROBE, KRETFUNC_PROBE, KMOD_RET, BPF_ITER and LSM_PROBE make such names");
}

}  // namespace sonda::bcc
