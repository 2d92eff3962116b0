// Programs at the hooks of the kernel's security modules.
#include <fmt/format.h>

#include <algorithm>

#include "attach/btf_target.h"
#include "kernel/kernel.h"

namespace sonda {

std::optional<Error> lsm_refusal(const std::string& subject, std::string_view hook) {
  const auto modules = security_modules();
  if (!modules || std::ranges::find(*modules, "bpf") != modules->end()) return std::nullopt;
  return cannot_attach(
      subject,
      fmt::format("'bpf' is not among the security modules that this kernel has switched on ({}): the program "
                  "would never run",
                  fmt::join(*modules, ",")),
      fmt::format("boot it with the parameter lsm={},bpf, or see the same with kprobe:security_{}",
                  fmt::join(*modules, ","), hook));
}

Attached attach_at(const Program& program, const Lsm& point) {
  if (auto refusal = lsm_refusal(to_string(point), point.hook)) throw std::move(*refusal);
  return attach_to_target(program, to_string(point));
}

}  // namespace sonda
