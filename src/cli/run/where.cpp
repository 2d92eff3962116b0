#include "cli/run/where.h"

#include <array>
#include <list>
#include <utility>
#include <vector>

#include "present/map_kinds.h"
#include "present/map_report.h"
#include "present/record_cells.h"
#include "read/map_types.h"

namespace sonda::cli {
namespace {

/// What a condition can speak of in maps and buffers.
class Parts {
 public:
  void add(const Probe& probe, const Map& map, ShowResources& resources) {
    const auto& spec = map.spec();
    if (is_buffer(spec)) return add(spec.event, "event", "value", probe, spec.name, resources);
    add(spec.key, "key", "key", probe, spec.name, resources);
    const bool sums = is_per_cpu(spec.type) && can_sum(spec.value);
    add(sums ? sums_.emplace_back(spec.value).numbers() : spec.value, "value", "value", probe, spec.name, resources);
  }

  std::expected<Condition, Error> fit(const std::string& text) const { return Condition::fit(text, parts_); }
  /// Of the map that was added last; null if it has none.
  const CpuSum* sum() const { return sums_.empty() ? nullptr : &sums_.back(); }

 private:
  void add(const Schema& schema, const std::string& part, std::string_view name, const Probe& probe,
           const std::string& map, ShowResources& resources) {
    const present::RecordCells cells(schema, map, part, probe.source(), probe.loaded(), resources);
    parts_.push_back({schema, name, typed_.emplace_back(present::typed_as(cells, resources))});
  }

  std::vector<Condition::Part> parts_;
  std::list<TypedAs> typed_;
  std::list<CpuSum> sums_;
};

bool can_be_filtered(const MapSpec& spec) {
  return is_buffer(spec) ? !spec.event.empty() : present::is_shown(spec) && !present::has_variables(spec);
}

}  // namespace

std::optional<Error> Where::misfit(std::deque<Probe>& probes,
                                   const std::function<bool(Probe&, const Map&)>& wanted) const {
  Parts all;
  bool fits = text_.empty(), any = false;
  present::for_each_map(
      probes, [](const std::string&) { return true; },
      [&](Probe& probe, const Map& map) {
        if (fits || !can_be_filtered(map.spec()) || !wanted(probe, map)) return;
        Parts own;
        own.add(probe, map, resources_);
        all.add(probe, map, resources_);
        fits = own.fit(text_).has_value();
        any = true;
      });
  if (fits) return std::nullopt;
  if (any)
    if (auto known = all.fit(text_); !known) return std::move(known.error());
  return Error(Stage::usage, "--where " + text_,
               any ? "no map and no buffer that is shown has all of these fields"
                   : "nothing is shown that has fields which are known");
}

present::EventFilter Where::filter(Probe& probe, const Map& buffer) const {
  if (text_.empty() || !can_be_filtered(buffer.spec())) return {};
  Parts parts;
  parts.add(probe, buffer, resources_);
  auto condition = parts.fit(text_);
  if (!condition) return {};
  return [condition = *std::move(condition), schema = buffer.spec().event](const Event& event) {
    return condition.matches(event.bytes, schema);
  };
}

void Where::apply(Snapshot& snapshot, Probe& probe, const Map& map) const {
  if (text_.empty()) return;
  Parts parts;
  parts.add(probe, map, resources_);
  const auto condition = parts.fit(text_);
  if (!condition) return;
  const auto holds = [&](const RecordView& key, const RecordView& value) {
    return condition->matches(std::array{key, value});
  };
  std::vector<std::byte> bytes;
  snapshot.keep([&](const Snapshot::Entry& entry) {
    if (parts.sum() != nullptr) return holds(entry.key, parts.sum()->of(entry, bytes));
    for (std::uint32_t cpu = 0; cpu < entry.cpus; ++cpu)
      if (holds(entry.key, entry.on_cpu(cpu))) return true;
    return false;
  });
}

}  // namespace sonda::cli
