#include "cli/import/shows.h"

#include <algorithm>
#include <map>
#include <optional>
#include <regex>
#include <set>

namespace sonda::cli {
namespace {

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

/// Whether the text assigns `value`, a regular expression, to the field, and never anything else.
bool is_always(const std::string& text, const std::string& field, const std::string& value) {
  const std::regex any(R"((\.|->)\s*)" + field + R"(\s*=[^=])"), wanted(R"((\.|->)\s*)" + field + R"(\s*=\s*)" + value);
  const auto count = [&](const std::regex& what) {
    return std::distance(std::sregex_iterator(text.begin(), text.end(), what), std::sregex_iterator());
  };
  const auto all = count(any);
  return all > 0 && all == count(wanted);
}

bool has(const std::string& text, std::string_view word) { return text.find(word) != text.npos; }

/// A point in time, and no length of it.
bool names_a_moment(std::string_view name) {
  return name.starts_with("ts") || name.starts_with("time") || name.starts_with("start") || name.starts_with("begin") ||
         name.starts_with("first") || name.starts_with("last");
}

std::optional<std::string> duration_by_name(std::string_view name) {
  if (names_a_moment(name)) return std::nullopt;
  if (name.ends_with("_ns")) return "duration";
  if (name.ends_with("_us")) return "duration(us)";
  if (name.ends_with("_ms")) return "duration(ms)";
  return std::nullopt;
}

std::optional<std::string> kind_of_address(std::uint32_t size) {
  if (size == 4) return "ipv4";
  if (size == 16) return "ipv6";
  return std::nullopt;
}

/// Nothing if there is doubt.
std::optional<std::string> kind_of_field(const std::string& name, const Type& type, const std::string& text,
                                         bool in_kernel) {
  if (is_one_of(name, {"saddr", "daddr", "laddr", "raddr"})) return kind_of_address(type.size);
  if (!is_number(type.kind)) return std::nullopt;
  if (name == "uid" && type.size == 4) return "user";
  if (is_one_of(name, {"cgroup_id", "cgroupid", "cgid"}) && type.size == 8) return "cgroup";
  // A port that is turned somewhere may be turned here.
  if (name == "dport" && type.size == 2 && has(text, "skc_dport") && !has(text, "ntohs")) return "port";
  if (type.size != 8) return std::nullopt;
  if (is_always(text, name, R"(bpf_ktime_get_ns\(\)\s*;)")) return "time";
  if (in_kernel && is_always(text, name, R"(PT_REGS_IP\(ctx\)\s*;)")) return "ksym";
  return duration_by_name(name);
}

}  // namespace

std::vector<FieldShow> shows_of(const Image& image, std::string_view text, bool in_kernel) {
  const std::string owned(text);
  std::map<std::string, std::map<std::string, std::set<std::optional<std::string>>>> kinds;  // by field, by map
  for (const auto& map : image.maps)
    for (const auto* schema : {&map.key, &map.value, &map.event}) {
      if (schema->empty() || schema->types.front().kind != Kind::structure) continue;
      for (const auto& field : schema->types.front().fields)
        if (!field.name.empty() && field.bit_size == 0)
          kinds[field.name][map.name].insert(kind_of_field(field.name, schema->types[field.type], owned, in_kernel));
    }
  std::vector<FieldShow> shows;
  for (const auto& [field, by_map] : kinds) {
    const auto& first = by_map.begin()->second;
    const bool all_agree = std::ranges::all_of(by_map, [&](const auto& one) { return one.second == first; });
    for (const auto& [map, kind] : by_map) {
      if (kind.size() != 1 || !kind.begin()->has_value()) continue;
      shows.push_back({all_agree ? field : map + "." + field, **kind.begin()});
      if (all_agree) break;
    }
  }
  return shows;
}

}  // namespace sonda::cli
