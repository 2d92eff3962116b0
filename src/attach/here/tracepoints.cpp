#include "attach/here/tracepoints.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "attach/here/btf_names.h"
#include "base/text.h"
#include "kernel/event_format.h"
#include "kernel/kernel.h"

namespace sonda {

void require_tracepoints(const Tracefs& tracefs) { tracefs.open("events", O_RDONLY | O_DIRECTORY); }

std::vector<std::string> tracepoint_categories(const Tracefs& tracefs) {
  auto categories = tracefs.list("events");
  std::erase(categories, "ftrace");
  return categories;
}

std::vector<std::string> tracepoints_in(const Tracefs& tracefs, const std::string& category) {
  // It becomes part of a path, and came from a user.
  if (category.empty() || category.find('/') != category.npos || category.starts_with('.')) return {};
  return tracefs.list("events/" + category);
}

std::vector<Tracepoint> matching_tracepoints(const Tracefs& tracefs, const Tracepoint& patterns) {
  std::vector<Tracepoint> found;
  for (const auto& category : tracepoint_categories(tracefs)) {
    if (!matches_pattern(patterns.category, category)) continue;
    for (const auto& name : tracepoints_in(tracefs, category))
      if (matches_pattern(patterns.name, name)) found.push_back({category, name});
  }
  return found;
}

Prototype fields_of(const Tracefs& tracefs, const Tracepoint& point) {
  Prototype prototype;
  const auto text = tracefs.try_read(fmt::format("events/{}/{}/format", point.category, point.name));
  for (auto& field : parse_event_format(text.value_or("")))
    prototype.arguments.push_back({.name = std::move(field.name),
                                   .type = std::move(field.type),
                                   .declaration = std::move(field.declaration),
                                   .offset = field.offset,
                                   .size = field.size,
                                   .is_signed = field.is_signed});
  return prototype;
}

std::vector<std::string> raw_tracepoint_names() {
  std::set<std::string> names;
  if (has_btf()) {
    for (auto& one : TypesHere().named(btf_tracepoints)) names.insert(std::move(one.name));
  } else {
    // System calls have descriptions of their own, but share the two tracepoints of raw_syscalls.
    for (auto& one : matching_tracepoints(Tracefs(), {"*", "*"}))
      if (one.category != "syscalls") names.insert(std::move(one.name));
  }
  return {names.begin(), names.end()};
}

}  // namespace sonda
