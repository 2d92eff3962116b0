// Programs on packets as a network interface receives them.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/if_link.h>

#include <algorithm>
#include <cerrno>

#include "attach/network.h"
#include "attach/points.h"
#include "kernel/kernel.h"
#include "kernel/libbpf.h"

namespace sonda {
namespace {

struct Mode {
  std::uint32_t flags;
  std::string_view name;
};

constexpr Mode native{XDP_FLAGS_DRV_MODE, "native"}, generic{XDP_FLAGS_SKB_MODE, "generic"};

std::vector<Mode> modes_to_try(Xdp::Mode wanted) {
  if (wanted == Xdp::Mode::native) return {native};
  if (wanted == Xdp::Mode::generic) return {generic};
  return {native, generic};
}

UniqueFd create_link(const Program& program, int interface, Mode mode) {
  bpf_link_create_opts options{};
  options.sz = sizeof options;
  options.flags = mode.flags;
  return UniqueFd(::bpf_link_create(program.fd(), interface, BPF_XDP, &options));
}

/// A driver refuses for reasons of its own (no XDP at all, a large MTU, too few queues), which do not hold for generic
/// mode; these hold for both.
bool holds_for_all_modes(int why) { return why == EPERM || why == EACCES || why == EBUSY || why == EEXIST; }

std::string name_of_program(std::uint32_t id) {
  const UniqueFd program(::bpf_prog_get_fd_by_id(id));
  bpf_prog_info info{};
  std::uint32_t size = sizeof info;
  if (!program || ::bpf_obj_get_info_by_fd(program.get(), &info, &size) != 0) return fmt::format("program {}", id);
  return fmt::format("program '{}', number {}", static_cast<const char*>(info.name), id);
}

Error occupied(std::string subject, const Xdp& point, int interface) {
  bpf_xdp_query_opts found{};
  found.sz = sizeof found;
  const QuietLibbpf quiet;
  if (::bpf_xdp_query(interface, 0, &found) != 0) found = {};
  const auto id = std::max({found.prog_id, found.drv_prog_id, found.skb_prog_id, found.hw_prog_id});
  if (id == 0)
    return {Stage::attach, std::move(subject),
            "an interface that this one belongs to, such as a bond, has an XDP program", "attach to that one"};
  return {Stage::attach, std::move(subject), fmt::format("another XDP program is there: {}", name_of_program(id)),
          fmt::format("an interface has one; end what holds it, or: ip link set dev {} xdp off. Or use tc:{}:ingress, "
                      "where programs stand beside each other",
                      point.interface, point.interface)};
}

Error refused(std::string subject, const Xdp& point, int interface, int why) {
  constexpr std::uint32_t with_links = 5U << 16 | 9U << 8;
  if (why == EBUSY || why == EEXIST) return occupied(std::move(subject), point, interface);
  if (why == EINVAL && kernel_version_code() < with_links)
    return cannot_attach(std::move(subject), "XDP programs are attached by links, which came with Linux 5.9",
                         fmt::format("use tc:{}:ingress", point.interface));
  if (why == EOPNOTSUPP && point.mode == Xdp::Mode::native)
    return cannot_attach(std::move(subject), "the driver of this interface has no XDP",
                         fmt::format("use xdp:{}:generic, which every interface has", point.interface));
  auto error = network_error(std::move(subject), "the kernel does not attach it", why);
  if (point.mode != Xdp::Mode::native || error.exit() == Exit::cannot_run) return error;
  return {
      error.stage(), error.subject(), error.cause(),
      fmt::format("the driver may ask for a smaller MTU or other features; or use xdp:{}:generic", point.interface)};
}

}  // namespace

Attached attach_at(const Program& program, const Xdp& point) {
  auto subject = to_string(AttachPoint(point));
  const int interface = interface_index(point.interface, subject);
  int why = 0;
  for (const auto& mode : modes_to_try(point.mode)) {
    if (auto link = create_link(program, interface, mode)) {
      auto attached = held_by(std::move(link));
      attached.how = mode.name;
      return attached;
    }
    why = errno;
    if (holds_for_all_modes(why)) break;
  }
  throw refused(std::move(subject), point, interface, why);
}

}  // namespace sonda
