#include "read/process_names.h"

#include <fmt/format.h>

#include "base/files.h"
#include "read/symbols/process_maps.h"

namespace sonda {
namespace {

constexpr std::size_t most_kept = 65536;

}  // namespace

std::string ProcessNames::find(pid_t pid) {
  auto name = try_read_proc(fmt::format("/proc/{}/comm", pid));
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
