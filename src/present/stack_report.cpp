#include "present/stack_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "read/cpu_sum.h"
#include "read/place.h"
#include "read/stacks.h"

namespace sonda::present {
namespace {

/// The process's name, from a field of text; else from its pid.
std::string process_name(const RecordView& key, const std::optional<pid_t>& pid, ShowResources& resources) {
  if (key.type().kind == Kind::structure)
    for (const char* field : {"comm", "name"})
      if (std::ranges::find(key.type().fields, field, &Field::name) != key.type().fields.end() &&
          key[field].type().kind == Kind::array)
        return key[field].text();
  if (!pid) return {};
  auto name = resources.names.find(*pid);
  return name.empty() ? fmt::format("pid {}", *pid) : name;
}

/// Outermost first, those of the process before those of the kernel that it called.
void append(std::vector<report::Frame>& frames, const std::vector<ShownFrame>& stack) {
  for (auto frame = stack.rbegin(); frame != stack.rend(); ++frame) frames.push_back({frame->name, frame->kernel});
}

}  // namespace

std::vector<report::CountedStack> counted_stacks(const Map& map, const ProbeSource& source, const LoadedImage& loaded,
                                                 ShowResources& resources) {
  const auto& spec = map.spec();
  if (spec.key.empty() || spec.value.empty()) return {};
  const RecordCells key(spec.key, spec.name, "key", source, loaded, resources);
  const auto is_stack = [](const RecordColumn& column) { return column.as == Show::stack; };
  if (!is_plain_integer(spec.value.types.front()) || std::ranges::none_of(key.columns(), is_stack)) return {};

  std::vector<report::CountedStack> result;
  const auto snapshot = Table(map).snapshot();
  for (const auto& entry : snapshot) {
    const auto pid = pid_beside(entry.key);
    report::CountedStack counted{.frames = {}, .count = count_of(entry)};
    if (auto name = process_name(entry.key, pid, resources); !name.empty()) counted.frames.push_back({name, false});
    std::vector<ShownFrame> of_kernel;
    for (const auto& column : key.columns()) {
      if (!is_stack(column)) continue;
      const auto id = stack_id(column.name.empty() ? entry.key : entry.key[column.name]);
      const auto frames = id < 0 ? std::vector<ShownFrame>() : show_stack(id, {pid, column.stacks}, resources);
      if (!frames.empty() && frames.front().kernel)
        of_kernel = frames;
      else
        append(counted.frames, frames);
    }
    append(counted.frames, of_kernel);
    result.push_back(std::move(counted));
  }
  return result;
}

}  // namespace sonda::present
