// BCC attaches functions by their names.
#include <array>

#include "sonda/attach_point.h"

namespace sonda {
namespace {

struct Prefix {
  std::string_view text;
  AttachPoint (*point)(const std::string& name);
};

/// "MODULE__NAME", as KFUNC_PROBE writes it; BCC says vmlinux for the kernel itself.
AttachPoint kernel_function(const std::string& name, bool on_return) {
  const auto split = name.find("__");
  if (split == name.npos || split == 0) return Fentry{name, on_return, {}};
  auto module = name.substr(0, split);
  if (module == "vmlinux") module.clear();
  return Fentry{name.substr(split + 2), on_return, module};
}

AttachPoint tracepoint(const std::string& name) {
  const auto split = name.find("__");
  return Tracepoint{name.substr(0, split), split == name.npos ? "" : name.substr(split + 2)};
}

// A function called syscall__NAME has its arguments read as a system call's, and is attached by nobody.
constexpr auto prefixes = std::to_array<Prefix>({
    {"kprobe__", [](const std::string& name) -> AttachPoint { return Kprobe{Symbol{name}}; }},
    {"kretprobe__", [](const std::string& name) -> AttachPoint { return Kprobe{Symbol{name}, true}; }},
    {"tracepoint__", [](const std::string& name) -> AttachPoint { return tracepoint(name); }},
    {"raw_tracepoint__", [](const std::string& name) -> AttachPoint { return RawTracepoint{name}; }},
    {"kfunc__", [](const std::string& name) -> AttachPoint { return kernel_function(name, false); }},
    {"kretfunc__", [](const std::string& name) -> AttachPoint { return kernel_function(name, true); }},
    {"kmod_ret__", [](const std::string& name) -> AttachPoint { return ModifyReturn{name}; }},
    {"lsm__", [](const std::string& name) -> AttachPoint { return Lsm{name}; }},
    {"bpf_iter__", [](const std::string& name) -> AttachPoint { return Iterator{name}; }},
});

}  // namespace

std::optional<AttachPoint> conventional_point(std::string_view function) {
  for (const auto& prefix : prefixes) {
    if (!function.starts_with(prefix.text) || function.size() == prefix.text.size()) continue;
    auto point = prefix.point(std::string(function.substr(prefix.text.size())));
    if (const auto* found = std::get_if<Tracepoint>(&point); found != nullptr && found->name.empty()) return {};
    return point;
  }
  return std::nullopt;
}

}  // namespace sonda
