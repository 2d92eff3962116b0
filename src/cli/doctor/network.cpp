// Attach points of the network, tried in a network namespace of the check's own, where nobody's packets are.
#include <bpf/bpf.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>

#include "base/escape.h"
#include "base/text.h"
#include "cli/doctor/check.h"
#include "cli/doctor/interfaces.h"
#include "cli/doctor/trial.h"
#include "kernel/libbpf.h"
#include "sonda/error.h"

namespace sonda::cli::doctor {
namespace {

constexpr auto own_loopback = "lo";

Finding check_tc() {
  const KernelWish wish{.since = "6.6", .options = {"CONFIG_NET_CLS_BPF", "CONFIG_NET_SCH_INGRESS"}};
  auto finding = attach_for_a_moment(Tc{own_loopback, false}, wish);
  if (finding.status != Status::ok || finding.found == "tcx") return finding;
  return limited("by filters, which stay if the program is killed",
                 "Linux 6.6 has links for them (tcx), which go with their program; all works");
}

/// A link to a hook of a network namespace.
Finding check_namespace_link() {
  return tried({.since = "5.9"}, [] {
    constexpr auto lookup_program = static_cast<bpf_prog_type>(30);  // BPF_PROG_TYPE_SK_LOOKUP
    constexpr auto lookup_hook = static_cast<bpf_attach_type>(36);   // BPF_SK_LOOKUP
    const auto image = empty_program();
    const auto& program = image.programs.front();
    bpf_prog_load_opts options{};
    options.sz = sizeof options;
    options.expected_attach_type = lookup_hook;
    const QuietLibbpf quiet;
    auto instructions = program.instructions;
    instructions.front().imm = 1;  // SK_PASS
    const UniqueFd fd(::bpf_prog_load(lookup_program, program.name.c_str(), "GPL", instructions.data(),
                                      instructions.size(), &options));
    const UniqueFd own(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
    const UniqueFd link(fd && own ? ::bpf_link_create(fd.get(), own.get(), lookup_hook, nullptr) : -1);
    if (!link) throw system_error(Stage::attach, "network namespace", "the kernel does not attach to it", errno);
    return ok();
  });
}

/// A cgroup would really be changed: the kernel is asked for a link to what is none, and says that it is none only if
/// it knows such links.
Finding check_cgroup_link() {
  return tried({.since = "5.7", .options = {"CONFIG_CGROUP_BPF"}}, [] {
    LoadedImage image(empty_program());
    const Cgroup point{.path = "/", .hook = "device"};
    const auto& program = image.program(image.image().programs.front().name, program_kind(point));
    const UniqueFd no_cgroup(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const UniqueFd link(::bpf_link_create(program.fd(), no_cgroup.get(), BPF_CGROUP_DEVICE, nullptr));
    if (errno != EBADF) throw system_error(Stage::attach, "cgroup", "the kernel has no links to cgroups", errno);
    return ok();
  });
}

Finding check_native_xdp() {
  std::vector<std::string> native, others, details;
  bool known = true;
  for (const auto& interface : interfaces()) {
    if (interface.name == own_loopback) continue;
    const auto name = fmt::format("{} ({})", escape_for_terminal(interface.name), interface.driver);
    known = known && interface.native_xdp.has_value();
    (interface.native_xdp.value_or(false) ? native : others).push_back(name);
  }
  const std::string generic = "generic mode works on every interface: xdp:INTERFACE:generic";
  if (native.empty() && others.empty()) return ok("there is no interface but the loopback");
  if (!known)
    return unknown("this kernel does not tell which drivers have it: " + join(others, ", "),
                   "Linux 6.3 tells; here attaching tells, and may disturb the interface: xdp:INTERFACE:native");
  if (others.empty()) return ok(join(native, ", "));
  const auto drivers = native.empty() ? "not the drivers of " + join(others, ", ")
                                      : fmt::format("{}, but not {}", join(native, ", "), join(others, ", "));
  return limited(drivers, generic);
}

}  // namespace

std::vector<Check> network_checks() {
  const std::string section = "network";
  return {
      {"xdp", section, "xdp: on a loopback interface",
       [] { return attach_for_a_moment(Xdp{own_loopback, Xdp::Mode::generic}, {.since = "5.9"}); }, Wants::own_network,
       false, true},
      {"tc", section, "tc: on a loopback interface", check_tc, Wants::own_network, false, true},
      {"socket-filter", section, "socket: on a loopback interface",
       [] { return attach_for_a_moment(SocketFilter{own_loopback}, {.options = {"CONFIG_PACKET"}}); },
       Wants::own_network, false, true},
      {"namespace-link", section, "links to a network namespace (sk_lookup)", check_namespace_link, Wants::own_network,
       false, true},
      {"cgroup-link", section, "cgroup: the kernel has links to cgroups", check_cgroup_link, Wants::own_network, false,
       true},
      {"xdp-native", section, "drivers of the machine's interfaces have XDP of their own", check_native_xdp},
  };
}

}  // namespace sonda::cli::doctor
