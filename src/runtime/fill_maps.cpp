#include "runtime/fill_maps.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/excerpt.h"
#include "base/text.h"
#include "read/map_types.h"
#include "runtime/create_map.h"
#include "sonda/error.h"
#include "sonda/table.h"
#include "typed/parse_value.h"

namespace sonda {
namespace {

std::string_view line_of(const ProbeSource& source, int line) {
  const auto lines = split_lines(source.text());
  return line >= 1 && static_cast<std::size_t>(line) <= lines.size() ? lines[static_cast<std::size_t>(line) - 1]
                                                                     : std::string_view();
}

/// What cannot be put into a map of this kind, and what to do about it; empty if entries can.
std::pair<std::string, std::string> obstacle(const MapEntry& entry, const MapSpec& map) {
  const auto kind = map_type_name(map.type);
  if (is_buffer(map)) return {"it is a buffer: it has events, not entries", {}};
  if (map.type == BPF_MAP_TYPE_PROG_ARRAY)
    return {"its slots hold functions", fmt::format("// @tailcall {}[INDEX] = FUNCTION fills one", map.name)};
  if (is_map_of_maps(map)) return {"its slots hold maps", fmt::format("// @slot {}[INDEX] = MAP fills one", map.name)};
  if (map.key_size == 0 && entry.key)
    return {fmt::format("a {} has no keys", kind), fmt::format("written {} = VALUE", map.name)};
  if (map.key_size != 0 && !entry.key) return {"the key is missing", fmt::format("written {}[KEY] = VALUE", map.name)};
  return {};
}

class MapFiller {
 public:
  MapFiller(const LoadedImage& loaded, const ProbeSource& source) : loaded_(loaded), source_(source) {}

  /// Null if there is none.
  const Map* find(const std::string& name) const {
    const auto found = std::ranges::find(loaded_.maps(), name, [](const auto& map) { return map->spec().name; });
    return found == loaded_.maps().end() ? nullptr : found->get();
  }

  [[noreturn]] void refuse_unknown(const MapEntry& entry) const {
    std::vector<std::string> names;
    for (const auto& map : loaded_.maps())
      if (is_identifier(map->spec().name) && map->spec().name != usdt_arguments_map) names.push_back(map->spec().name);
    const auto otherwise = names.empty() ? std::string("the probe has no map") : "there are: " + join(names, ", ");
    throw error(entry, 0, fmt::format("there is no map '{}'", entry.map), did_you_mean(entry.map, names, otherwise));
  }

  void set(const MapEntry& entry, const Map& map) {
    const auto& spec = map.spec();
    if (auto [cause, hint] = obstacle(entry, spec); !cause.empty()) throw error(entry, 0, std::move(cause), hint);
    const Table table(map);
    try {
      const auto key = entry.key ? parsed(entry, *entry.key, entry.key_offset, spec, "key") : std::vector<std::byte>();
      const auto value = parsed(entry, entry.value, entry.value_offset, spec, "value");
      if (entry.key)
        table.update_bytes(key, value);
      else
        table.push_bytes(value);
    } catch (const Error& refusal) {
      if (!refusal.excerpt().empty()) throw;  // it has its place
      throw error(entry, 0, refusal.cause(), refusal.hint());
    }
  }

 private:
  std::vector<std::byte> parsed(const MapEntry& entry, const std::string& text, std::size_t offset, const MapSpec& map,
                                std::string_view part) {
    TextCursor cursor(
        text, [&](std::size_t at, const std::string& subject, const std::string& cause, std::string hint) {
          const bool is_field = subject != "value" && is_name_character(subject.empty() ? ' ' : subject.front());
          return error(entry, offset + at, is_field ? fmt::format("{}: {}", subject, cause) : cause, std::move(hint));
        });
    const auto as = typed_as(map.name, part);
    if (part == "key") return parse_value_alone(cursor, map.key, as);
    if (!is_per_cpu(map.type)) return parse_value_alone(cursor, map.value, as);
    return parse_cpu_values(cursor, map.value, value_count(map), value_stride(map), as);
  }

  TypedAs typed_as(const std::string& map, std::string_view part) {
    return {[this, map, part](std::string_view field) -> std::optional<Show> {
              const auto name = field.empty() ? part : field;
              for (const auto& option : source_.show_options())
                if (option.field == name && (option.map.empty() || option.map == map)) return option.as;
              return std::nullopt;
            },
            &resources_};
  }

  /// At the byte `offset` of the entry's text.
  Error error(const MapEntry& entry, std::size_t offset, std::string cause, std::string hint) const {
    if (entry.at.line == 0) {
      Error error(Stage::usage, "--set-map " + entry.text, std::move(cause), std::move(hint));
      return error.with_excerpt(caret_excerpt(entry.text, offset + 1));
    }
    auto at = entry.at;
    at.column += static_cast<int>(offset);
    Error error(Stage::source, to_string(at), std::move(cause), std::move(hint));
    return error.with_excerpt(caret_excerpt(line_of(source_, at.line), static_cast<std::size_t>(at.column)));
  }

  const LoadedImage& loaded_;
  const ProbeSource& source_;
  ShowResources resources_;
};

}  // namespace

void fill_maps(const LoadedImage& loaded, const ProbeSource& source, const std::vector<MapEntry>& more,
               const std::function<bool(const MapSpec& map)>& wanted) {
  if (source.map_entries().empty() && more.empty()) return;
  MapFiller filler(loaded, source);
  const auto set = [&](const MapEntry& entry, bool required) {
    const auto* map = filler.find(entry.map);
    if (map == nullptr && required) filler.refuse_unknown(entry);
    if (map != nullptr && wanted(map->spec())) filler.set(entry, *map);
  };
  for (const auto& entry : source.map_entries()) set(entry, true);
  for (const auto& entry : more) set(entry, false);
}

}  // namespace sonda
