// Programs in traffic control where the kernel has no links for it: filters of a clsact qdisc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "attach/points.h"

namespace sonda {

/// Puts the program into a filter of its own, before those that are there, as a link would. Undoing it takes the filter
/// away, and the qdisc if it came with a filter of ours and no other filter is in it. Throws as attach_at() does.
Attached attach_tc_filter(const Program& program, const Tc& point);

struct TcFilter {
  bool egress = false;
  std::uint32_t handle = 0;
  std::uint32_t priority = 0;  ///< the lowest comes first
};

enum class TcAnswer { more, complete, failed };

/// Adds the filters that the messages of one datagram of rtnetlink tell; what is in `filters` counts only once the
/// answer is complete.
TcAnswer read_tc_filters(std::span<const std::byte> datagram, bool egress, std::vector<TcFilter>& filters);

/// The filters of the interface's clsact qdisc; nothing if the kernel does not tell.
std::optional<std::vector<TcFilter>> tc_filters(int interface) noexcept;

}  // namespace sonda
