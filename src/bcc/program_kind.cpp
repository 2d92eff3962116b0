#include "bcc/program_kind.h"

#include <array>
#include <string>

#include "sonda/error.h"

namespace sonda::bcc {
namespace {

struct Prefix {
  std::string_view text;
  bpf_prog_type type;
  bpf_attach_type attach_type;
};

// As KFUNC_PROBE, KRETFUNC_PROBE, KMOD_RET, LSM_PROBE and BPF_ITER of BCC's helpers.h name their functions.
constexpr std::array prefixes{
    Prefix{"kfunc__", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY},
    Prefix{"kretfunc__", BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT},
    Prefix{"kmod_ret__", BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN},
    Prefix{"bpf_iter__", BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER},
    Prefix{"lsm__", BPF_PROG_TYPE_LSM, BPF_LSM_MAC},
};

}  // namespace

ProgramKind program_kind(int type, std::string_view function, int attach_type) {
  ProgramKind kind(static_cast<bpf_prog_type>(type));
  if (attach_type >= 0) kind.attach_type = static_cast<std::uint32_t>(attach_type);
  if (kind.type != BPF_PROG_TYPE_TRACING && kind.type != BPF_PROG_TYPE_LSM) return kind;
  for (const auto& prefix : prefixes) {
    if (prefix.type != kind.type || !function.starts_with(prefix.text)) continue;
    auto target = function.substr(prefix.text.size());
    kind.attach_type = prefix.attach_type;
    // Since release 0.29 the macros say the kernel's own name, too. A function of the kernel may begin with "__".
    if (constexpr std::string_view kernel = "vmlinux__"; target.starts_with(kernel)) {
      target.remove_prefix(kernel.size());
    } else if (const auto end = target.find("__", 1); prefix.attach_type != BPF_LSM_MAC && end != target.npos) {
      kind.module = target.substr(0, end);
      target.remove_prefix(end + 2);
    }
    kind.target = target;
    return kind;
  }
  throw Error(Stage::load, std::string(function), "its name does not say which function of the kernel it is for",
              "KFUNC_PROBE, KRETFUNC_PROBE, KMOD_RET, BPF_ITER and LSM_PROBE make such names");
}

}  // namespace sonda::bcc
