// What the tests of the network's attach points share.
#pragma once

#include <bpf/bpf.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bpf/network_program.h"
#include "sonda/error.h"
#include "sonda/link.h"
#include "support/catch.h"
#include "support/error_of.h"
#include "support/scratch.h"
#include "support/skip.h"

namespace sonda::test {

/// Those of linux/pkt_cls.h: go on with the next filter, let the packet through, drop it.
inline constexpr int tc_next = -1, tc_ok = 0, tc_drop = 2;

/// Gives up capabilities for good: for a child process.
inline bool give_up(std::initializer_list<int> capabilities) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> sets{};
  if (::syscall(SYS_capget, &header, sets.data()) != 0) return false;
  for (const int capability : capabilities) {
    auto& set = sets.at(static_cast<std::size_t>(capability) / 32);
    set.effective &= ~(1U << (capability % 32));
    set.permitted &= ~(1U << (capability % 32));
  }
  return ::syscall(SYS_capset, &header, sets.data()) == 0;
}

/// Whether `action`, in a process without `capabilities`, is refused with the name of one, as what this user cannot
/// run.
template <class Action>
bool names_missing(std::string_view name, std::initializer_list<int> capabilities, Action action) {
  const int status = exit_of_child([&] {
    if (!give_up(capabilities)) return 2;
    try {
      action();
    } catch (const Error& error) {
      const bool named = error.cause().find(std::string(name) + " is missing") != std::string::npos;
      return named && error.exit() == Exit::cannot_run ? 0 : 3;
    }
    return 4;
  });
  CAPTURE(status);
  CHECK(status == 0);
  return status == 0;
}

/// The programs at a cgroup's or an interface's hook.
inline std::vector<std::uint32_t> programs_at(int target, bpf_attach_type hook) {
  std::array<std::uint32_t, 16> ids{};
  auto count = static_cast<std::uint32_t>(ids.size());
  CAPTURE(target, hook);
  REQUIRE(::bpf_prog_query(target, hook, 0, nullptr, ids.data(), &count) == 0);
  return {ids.begin(), ids.begin() + count};
}

}  // namespace sonda::test
