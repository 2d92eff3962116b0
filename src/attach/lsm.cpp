// Programs at the hooks of the kernel's security modules.
#include <fmt/format.h>

#include <algorithm>

#include "attach/btf_target.h"
#include "kernel/kernel.h"

namespace sonda {
namespace {

// The kernel takes a program for its hooks also when it never calls them.
void require_active(const Lsm& point) {
  const auto modules = security_modules();
  if (!modules || std::ranges::find(*modules, "bpf") != modules->end()) return;
  throw cannot_attach(
      to_string(point),
      fmt::format("'bpf' is not among the security modules that this kernel has switched on ({}): the program "
                  "would never run",
                  fmt::join(*modules, ",")),
      fmt::format("boot it with the parameter lsm={},bpf, or see the same with kprobe:security_{}",
                  fmt::join(*modules, ","), point.hook));
}

}  // namespace

Attached attach_at(const Program& program, const Lsm& point) {
  require_active(point);
  return attach_to_target(program, to_string(point));
}

}  // namespace sonda
