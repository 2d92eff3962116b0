// What keeps BPF objects: processes by their descriptors, and files that they are pinned to.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace sonda {

/// A process. Its name is raw bytes of its own choosing: escape before printing.
struct Holder {
  pid_t pid = 0;
  std::string name;
  bool operator==(const Holder&) const = default;
};

/// A program on a perf event without a link, as older loaders attach them.
struct PerfAttachment {
  std::uint32_t program = 0;
  std::string point;  ///< in the notation of `@attach`
};

struct Holders {
  using OfKind = std::unordered_map<std::uint32_t, std::vector<Holder>>;
  OfKind programs, maps, links;  ///< by the object's number, each process once
  std::vector<PerfAttachment> perf;
  std::size_t unreadable = 0;  ///< processes that would not be looked into
};

/// Looks at the descriptors of every process under `proc`. Processes and descriptors that vanish meanwhile are passed
/// over. Costs some 2 us for each descriptor on the machine.
Holders find_holders(const std::string& proc = "/proc");

/// The paths at which program `id`, or a link to it, is pinned in the BPF file systems that are mounted here. Looks at
/// no more than some thousand files.
std::vector<std::string> find_pins(std::uint32_t program);

}  // namespace sonda
