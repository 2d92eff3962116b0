// Programs on entry to, or return from, functions of user-space binaries.
#include "attach/find_binary.h"
#include "attach/uprobe_places.h"
#include "attach/uprobe_spots.h"
#include "kernel/kernel.h"

namespace sonda {
namespace {

bool may_be_many(const Uprobe& point) {
  const auto* symbol = std::get_if<Symbol>(&point.place);
  return symbol != nullptr && is_pattern(symbol->name);
}

}  // namespace

Attached attach_uprobe(const Program& program, const Uprobe& point) {
  auto subject = to_string(AttachPoint(point));
  const auto file = open_binary(point.binary, point.pid, subject);
  const auto places = find_places(file, point, root_of(point.pid));
  FileSpots wanted{
      .file = file, .spots = {}, .on_return = point.on_return, .pid = point.pid, .subject = std::move(subject)};
  const bool numbered = places.size() > 1 && kernel_version_code() >= first_with_cookies;
  for (std::size_t i = 0; i < places.size(); ++i) {
    wanted.spots.push_back({.offset = places[i].offset, .cookie = numbered ? i + 1 : 0});
  }
  return attach_spots(program, wanted);
}

ProgramKind kind_of_uprobe(const Uprobe& point) {
  return may_be_many(point) ? kind_of_many_uprobes(point.pid) : ProgramKind(BPF_PROG_TYPE_KPROBE);
}

std::vector<std::string> functions_of(const Uprobe& point) {
  std::vector<std::string> names;
  const auto file = open_binary(point.binary, point.pid, to_string(AttachPoint(point)));
  for (auto& place : find_places(file, point, root_of(point.pid))) names.push_back(std::move(place.function));
  return names;
}

}  // namespace sonda
