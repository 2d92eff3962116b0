// Programs on what the processes of a cgroup do.
#include <bpf/bpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>

#include "attach/network.h"
#include "attach/points.h"
#include "base/files.h"
#include "base/text.h"
#include "kernel/kernel.h"
#include "source/attach_notation.h"

namespace sonda {
namespace {

const CgroupHook& hook_of(const Cgroup& point) {
  const auto* const known = std::ranges::find(cgroup_hooks, point.hook, &CgroupHook::name);
  if (known != cgroup_hooks.end()) return *known;
  std::vector<std::string> names;
  for (const auto& each : cgroup_hooks) names.emplace_back(each.name);
  throw Error(Stage::attach, to_string(AttachPoint(point)), fmt::format("a cgroup has no hook '{}'", point.hook),
              did_you_mean(point.hook, names, "possible are " + join(names, ", ")));
}

std::string where_it_is() {
  if (const auto mount = cgroup_mount()) return fmt::format("it is mounted at {}", mount->string());
  return "it is not mounted; as root: mkdir /run/cgroup && mount -t cgroup2 none /run/cgroup";
}

UniqueFd open_folder(const Cgroup& point, const std::string& subject) {
  UniqueFd folder(::open(point.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder)
    throw system_error(Stage::attach, subject, fmt::format("cannot open the folder {}", point.path.string()), errno,
                       fmt::format("a cgroup is a folder of cgroup v2: {}", where_it_is()));
  struct statfs status{};
  if (::fstatfs(folder.get(), &status) != 0)
    throw system_error(Stage::attach, subject, "cannot examine the folder", errno);
  if (status.f_type == CGROUP2_SUPER_MAGIC) return folder;
  throw Error(Stage::attach, subject,
              fmt::format("{} is {}", point.path.string(),
                          status.f_type == CGROUP_SUPER_MAGIC ? "a folder of cgroup v1, which takes no programs"
                                                              : "no folder of cgroup v2"),
              fmt::format("cgroup v2: {}", where_it_is()));
}

Error refused(std::string subject, int why) {
  constexpr std::uint32_t with_links = 5U << 16 | 7U << 8;
  if (why == EINVAL && kernel_version_code() < with_links)
    return cannot_attach(std::move(subject), "programs are put on cgroups by links, which came with Linux 5.7");
  if (why == EINVAL)
    return cannot_attach(std::move(subject),
                         "this kernel does not have this hook, or was built without CONFIG_CGROUP_BPF",
                         "docs/attach-network.md tells since when each hook is there");
  if (why == EPERM && has_capability(Capability::net_admin))
    return {Stage::attach, std::move(subject),
            "on this cgroup, or on one above it, there is a program that wants to be the only one",
            "bpftool cgroup tree shows it"};
  return network_error(std::move(subject), "the kernel does not attach it", why);
}

}  // namespace

std::optional<std::filesystem::path> cgroup_mount() {
  const auto mounts = try_read_file("/proc/self/mounts").value_or("");
  for (const auto line : split_lines(mounts)) {
    const auto words = split(line, ' ');
    if (words.size() > 2 && words[2] == "cgroup2") return words[1];
  }
  return std::nullopt;
}

Attached attach_at(const Program& program, const Cgroup& point) {
  const auto subject = to_string(AttachPoint(point));
  const auto& hook = hook_of(point);
  const auto folder = open_folder(point, subject);
  UniqueFd link(::bpf_link_create(program.fd(), folder.get(), hook.attach, nullptr));
  if (!link) throw refused(subject, errno);
  return held_by(std::move(link));
}

ProgramKind kind_of_cgroup(const Cgroup& point) {
  const auto& hook = hook_of(point);
  return {hook.program, hook.attach};
}

}  // namespace sonda
