#include "compile/worker/missing_field.h"

#include <bpf/btf.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "compile/known_messages.h"
#include "headers/kernel_types.h"
#include "kernel/tracefs.h"

namespace sonda {
namespace {

constexpr std::string_view tracepoint_prefix = "tracepoint__";
constexpr std::size_t most_names = 12;

/// "sched" and "sched_switch" of "tracepoint__sched__sched_switch".
struct TracepointName {
  std::string category, event;
};
std::optional<TracepointName> tracepoint_of(std::string_view type) {
  if (!type.starts_with(tracepoint_prefix)) return std::nullopt;
  const auto rest = type.substr(tracepoint_prefix.size());
  const auto middle = rest.find("__");
  if (middle == rest.npos) return std::nullopt;
  return TracepointName{std::string(rest.substr(0, middle)), std::string(rest.substr(middle + 2))};
}

/// The names in a tracepoint's format: of "\tfield:pid_t next_pid;\toffset:...", "next_pid".
std::vector<std::string> fields_in(std::string_view format) {
  constexpr std::string_view says = "field:";
  std::vector<std::string> names;
  for (const auto line : split_lines(format)) {
    const auto at = line.find(says);
    if (at == line.npos) continue;
    auto declaration = line.substr(at + says.size());
    declaration = declaration.substr(0, declaration.find(';'));
    declaration = trim(declaration.substr(0, declaration.find('[')));
    const auto name = declaration.substr(declaration.find_last_of(" *") + 1);
    if (!name.starts_with("common_")) names.emplace_back(name);
  }
  return names;
}

/// With those in structs and unions that have no name of their own.
void add_fields(const btf& types, std::uint32_t id, std::vector<std::string>& names, int depth = 0) {
  constexpr int deepest = 8;
  const auto* type = btf__type_by_id(&types, id);
  if (type == nullptr || depth > deepest || (!btf_is_struct(type) && !btf_is_union(type))) return;
  for (int i = 0; i < btf_vlen(type); ++i) {
    const auto& member = btf_members(type)[i];
    const std::string name = btf__name_by_offset(&types, member.name_off);
    if (name.empty())
      add_fields(types, member.type, names, depth + 1);
    else
      names.push_back(name);
  }
}

std::string the_names(const std::vector<std::string>& names) {
  if (names.size() <= most_names) return "it has " + join(names, ", ");
  return fmt::format(
      "none of its {} fields is called like that: 'bpftool btf dump file /sys/kernel/btf/vmlinux format c' shows them",
      names.size());
}

/// "bpf_get_current_comm": the helpers by the names of their numbers.
std::vector<std::string> helpers_in(const btf& types) {
  constexpr std::string_view prefix = "BPF_FUNC_";
  std::vector<std::string> names;
  const int id = btf__find_by_name_kind(&types, "bpf_func_id", BTF_KIND_ENUM);
  const auto* type = id > 0 ? btf__type_by_id(&types, static_cast<std::uint32_t>(id)) : nullptr;
  for (int i = 0; type != nullptr && i < btf_vlen(type); ++i)
    if (const std::string_view name = btf__name_by_offset(&types, btf_enum(type)[i].name_off); name.starts_with(prefix))
      names.push_back(fmt::format("bpf_{}", name.substr(prefix.size())));
  return names;
}

std::string hint_for_field(std::string_view field, std::string_view type, const std::filesystem::path& btf) {
  std::vector<std::string> names;
  if (const auto tracepoint = tracepoint_of(type)) {
    const auto format = Tracefs().try_read(fmt::format("events/{}/{}/format", tracepoint->category, tracepoint->event));
    if (format) names = fields_in(*format);
  } else {
    const auto types = load_kernel_types(btf);
    for (const auto kind : {BTF_KIND_STRUCT, BTF_KIND_UNION})
      if (const int id = btf__find_by_name_kind(types.get(), std::string(type).c_str(), kind); id > 0)
        add_fields(*types, static_cast<std::uint32_t>(id), names);
  }
  if (names.empty()) return {};
  const auto near = did_you_mean(field, names);
  return near.empty() ? the_names(names) : near;
}

std::string hint_for_tracepoint(const TracepointName& wanted) {
  const Tracefs tracefs;
  const auto events = tracefs.list("events/" + wanted.category);
  if (events.empty()) return did_you_mean(wanted.category, tracefs.list("events"));
  return did_you_mean(wanted.event, events);
}

std::string hint_for(std::string_view cause, const std::filesystem::path& btf) {
  if (cause.find("did you mean") != cause.npos) return {};
  const auto field = quoted_behind(cause, "no member named '");
  const auto type = quoted_behind(cause, "in 'struct ");
  if (!field.empty() && !type.empty()) return hint_for_field(field, type, btf);
  if (const auto called = quoted_behind(cause, "implicit declaration of function '"); called.starts_with("bpf_"))
    return did_you_mean(called, helpers_in(*load_kernel_types(btf)));
  const auto tracepoint = tracepoint_of(quoted_behind(cause, "of type 'struct "));
  return tracepoint ? hint_for_tracepoint(*tracepoint) : std::string();
}

}  // namespace

Error with_fields_there(Error error, const std::filesystem::path& btf) noexcept {
  try {
    auto hint = hint_for(error.cause(), btf);
    if (hint.empty()) return error;
    Error told(error.stage(), error.subject(), error.cause(), std::move(hint));
    told.with_excerpt(error.excerpt()).with_details(error.details()).with_exit(error.exit());
    return told;
  } catch (const std::exception&) {
    return error;  // it says enough without
  }
}

}  // namespace sonda
