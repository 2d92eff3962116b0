// Every BPF link on the machine, and where its program is attached.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "inspect/link_info.h"

namespace sonda {

/// Names are raw bytes: escape before printing.
struct LinkFacts {
  std::uint32_t id = 0, program = 0;
  LinkType type{};
  /// In the notation of `@attach` as far as the kernel tells: "xdp:eth0", "kprobe:vfs_read"; at least the link's
  /// type. Of a tracing link the word alone ("fentry"): what is traced is among the facts of its program.
  std::string point;
};

/// "perf_event", "tcx"; the number if it is newer than we are.
std::string link_type_name(LinkType type);

/// What stands before the name of the traced function: "fentry", "fexit", "lsm".
std::string tracing_word(std::uint32_t attach_type);

class LinkList {
 public:
  /// All links now, by number, as ProgramList::read() does. A link can be given another program: that is noticed with
  /// `refresh`.
  std::vector<const LinkFacts*> read(bool refresh);

 private:
  std::unordered_map<std::uint32_t, LinkFacts> known_;
};

}  // namespace sonda
