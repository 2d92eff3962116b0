// Numbers that go by names: system calls, errors, signals, states, users, devices, cgroups.
#include <asm/unistd.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <type_traits>

#include "base/files.h"
#include "read/show.h"
#include "sonda/fd.h"
#include "source/show_kinds.h"

namespace sonda {
namespace {

/// No error, system call, signal or state has a number from here on.
constexpr std::uint64_t number_end = 1024;
constexpr std::size_t most_kept = 65536;  // names of processes, of users, of cgroups

// Of the machine that it is compiled for, as the kernel's headers have them.
constexpr auto system_calls = [] {
  std::array<std::string_view, number_end> names;
#include "read/system_calls.inc"
  return names;
}();

constexpr std::array<std::string_view, 14> tcp_states{
    "",      "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",    "TIME_WAIT",
    "CLOSE", "CLOSE_WAIT",  "LAST_ACK", "LISTEN",   "CLOSING",   "NEW_SYN_RECV", "BOUND_INACTIVE"};
constexpr std::array<std::string_view, 10> softirqs{"hi",       "timer",   "net_tx", "net_rx",  "block",
                                                    "irq_poll", "tasklet", "sched",  "hrtimer", "rcu"};

// The C library says "0" of 0, which is no error.
std::string error_name(std::uint64_t number) {
  const auto* const name = number == 0 || number >= number_end ? nullptr : ::strerrorname_np(static_cast<int>(number));
  return name == nullptr ? "" : name;
}

std::string signal_name(std::uint64_t number) {
  const auto* const name = number >= number_end ? nullptr : ::sigabbrev_np(static_cast<int>(number));
  return name == nullptr ? "" : fmt::format("SIG{}", name);
}

template <std::size_t Count>
std::string name_in(const std::array<std::string_view, Count>& names, std::uint64_t number) {
  return std::string(number < Count ? names[number] : "");
}

std::string name_of_small(Show as, std::uint64_t number) {
  switch (as) {
    case Show::syscall:
      return name_in(system_calls, number);
    case Show::error:
      return error_name(errno_in(number));
    case Show::signal:
      return signal_name(number);
    case Show::tcp_state:
      return name_in(tcp_states, number);
    case Show::softirq:
      return name_in(softirqs, number);
    default:
      return {};
  }
}

std::string device_name(std::uint64_t number) {
  constexpr int minor_bits = 20;  // of the kernel's own dev_t, not that of stat(2)
  if (number > UINT32_MAX) return {};
  return fmt::format("{}:{}", number >> minor_bits, number & ((1U << minor_bits) - 1));
}

struct User {
  std::array<char, 4096> space{};
  passwd entry{}, *found = nullptr;
};

std::string user_name(std::uint64_t uid) {
  User user;
  ::getpwuid_r(static_cast<uid_t>(uid), &user.entry, user.space.data(), user.space.size(), &user.found);
  return user.found == nullptr ? "" : user.found->pw_name;
}

/// As struct file_handle has it, with the file system's own part.
struct CgroupHandle {
  unsigned bytes = sizeof(std::uint64_t);
  int type = 0xfe;  // FILEID_KERNFS
  std::uint64_t id = 0;
};
static_assert(offsetof(CgroupHandle, id) == sizeof(file_handle));

/// What has that id in a cgroup v2 mounted at `root`.
std::string cgroup_below(const std::string& root, std::uint64_t id) {
  const UniqueFd mount(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!mount) return {};
  CgroupHandle whole{.id = id};
  auto* const handle = reinterpret_cast<file_handle*>(&whole);
  const UniqueFd folder(::open_by_handle_at(mount.get(), handle, O_PATH | O_CLOEXEC));
  if (!folder) return {};
  std::error_code ignored;
  const auto path = std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", folder.get()), ignored).string();
  if (!path.starts_with(root)) return {};
  return path.size() == root.size() ? "/" : path.substr(root.size());
}

template <class Find>
const std::string& once(std::unordered_map<std::uint64_t, std::string>& known, std::uint64_t number, Find find) {
  if (known.size() >= most_kept) known.clear();
  const auto [place, is_new] = known.try_emplace(number);
  if (is_new) place->second = find(number);
  return place->second;
}

/// A number, or what it stands for: see in_base_units().
struct BaseUnits {
  const ShowKind& kind;
  Show as;
  ShowResources& resources;

  Value operator()(const List& list) const {
    List all;
    for (const auto& element : list) all.push_back(std::visit(*this, element.storage()));
    return {std::move(all)};
  }
  Value operator()(const Named& item) const {
    if (!kind.has_names) return (*this)(item.number);
    auto name = name_of(as, static_cast<std::uint64_t>(item.number), resources);
    return name.empty() ? Value(item) : Value(std::move(name));
  }
  template <class Other>
  Value operator()(const Other& other) const {
    if constexpr (std::is_same_v<Other, std::uint64_t> || std::is_same_v<Other, std::int64_t>) {
      const auto bits = static_cast<std::uint64_t>(other);
      if (kind.factor != 0) return {in_base_units(other, kind.factor)};
      if (as == Show::time) return {bits + static_cast<std::uint64_t>(resources.boot_time)};
      if (auto name = name_of(as, bits, resources); !name.empty()) return {std::move(name)};
    }
    return {other};
  }
};

}  // namespace

// Beside cgroup v1, v2 has a folder of its own.
std::string cgroup_path(std::uint64_t id) {
  auto path = cgroup_below("/sys/fs/cgroup", id);
  return path.empty() ? cgroup_below("/sys/fs/cgroup/unified", id) : path;
}

std::uint64_t errno_in(std::uint64_t number) noexcept {
  const auto value = number >> 32 == 0 ? static_cast<std::int32_t>(number) : static_cast<std::int64_t>(number);
  return value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
}

std::string name_of(Show as, std::uint64_t number, ShowResources& resources) {
  switch (as) {
    case Show::comm:
      return resources.names.find(pid_in(number));
    case Show::user:
      return once(resources.users, number, user_name);
    case Show::dev:
      return device_name(number);
    case Show::cgroup:
      return once(resources.cgroups, number, cgroup_path);
    default:
      return name_of_small(as, number);
  }
}

std::optional<std::uint64_t> number_named(Show as, std::string_view name) {
  if (as == Show::user) {
    User user;
    ::getpwnam_r(std::string(name).c_str(), &user.entry, user.space.data(), user.space.size(), &user.found);
    return user.found == nullptr ? std::nullopt : std::optional<std::uint64_t>(user.found->pw_uid);
  }
  for (std::uint64_t number = 0; number < number_end; ++number)
    if (!name.empty() && name_of_small(as, number) == name) return number;
  return std::nullopt;
}

Value in_base_units(Show as, const Value& value, ShowResources& resources) {
  return std::visit(BaseUnits{kind_of(as), as, resources}, value.storage());
}

std::string ProcessNames::find(pid_t pid) {
  auto name = try_read_file(fmt::format("/proc/{}/comm", pid)).value_or("");
  if (name.ends_with('\n')) name.pop_back();
  if (!name.empty()) {
    if (seen_.size() >= most_kept) seen_.clear();
    seen_.insert_or_assign(pid, name);
    return name;
  }
  const auto known = seen_.find(pid);
  return known == seen_.end() ? fmt::format("<{}>", pid) : known->second;
}

}  // namespace sonda
