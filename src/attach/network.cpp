#include "attach/network.h"

#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

#include "attach/points.h"
#include "base/text.h"

namespace sonda {
namespace {

std::string which_there_are(const std::string& wanted) {
  constexpr std::string_view elsewhere = "one of another network namespace is only seen in there (ip netns exec)";
  const auto names = interface_names();
  if (names.empty()) return fmt::format("this network namespace has no interfaces; {}", elsewhere);
  const auto near = did_you_mean(wanted, names);
  return fmt::format("{}{}there are {}; {}", near, near.empty() ? "" : " ", join(names, ", "), elsewhere);
}

constexpr bpf_prog_type of_network[] = {BPF_PROG_TYPE_XDP,
                                        BPF_PROG_TYPE_SCHED_CLS,
                                        BPF_PROG_TYPE_CGROUP_SOCK,
                                        BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
                                        BPF_PROG_TYPE_CGROUP_DEVICE,
                                        BPF_PROG_TYPE_CGROUP_SYSCTL,
                                        BPF_PROG_TYPE_CGROUP_SOCKOPT,
                                        BPF_PROG_TYPE_SOCK_OPS};

}  // namespace

std::vector<std::string> interface_names() {
  const std::unique_ptr<struct if_nameindex, decltype(&::if_freenameindex)> all(::if_nameindex(), ::if_freenameindex);
  std::vector<std::string> names;
  if (all == nullptr) return names;
  for (const auto* each = all.get(); each->if_index != 0; ++each) names.emplace_back(each->if_name);
  return names;
}

int interface_index(const std::string& name, const std::string& subject) {
  if (const auto index = ::if_nametoindex(name.c_str()); index != 0) return static_cast<int>(index);
  if (errno != ENODEV) throw system_error(Stage::attach, subject, "cannot look for the network interface", errno);
  throw Error(Stage::attach, subject, fmt::format("there is no network interface '{}'", name), which_there_are(name));
}

Error network_error(std::string subject, std::string_view doing, int error_number, Capability needed) {
  if ((error_number != EPERM && error_number != EACCES) || has_capability(needed))
    return system_error(Stage::attach, std::move(subject), doing, error_number);
  return cannot_attach(std::move(subject), fmt::format("{}: {} is missing", doing, to_string(needed)),
                       fmt::format("run it as root, or give the program {}", to_string(needed)));
}

bool lacks_net_admin(bpf_prog_type type) {
  const bool wants_it = std::ranges::find(of_network, type) != std::end(of_network);
  return wants_it && !has_capability(Capability::net_admin) && !has_capability(Capability::sys_admin);
}

}  // namespace sonda
