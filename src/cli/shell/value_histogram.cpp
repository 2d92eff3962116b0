#include "cli/shell/value_histogram.h"

#include <algorithm>
#include <bit>

#include "base/text.h"
#include "present/histogram_report.h"
#include "read/place.h"
#include "report/histogram.h"
#include "sonda/error.h"
#include "sonda/table.h"

namespace sonda::shell {
namespace {

/// Where in an entry the number is.
struct Number {
  bool in_key = false;
  std::string field;  ///< empty: the whole of it
};

bool is_number(const Schema& schema) { return !schema.empty() && is_plain_integer(schema.types.front()); }

/// Fields that are numbers.
std::vector<std::string> numbers_of(const Schema& schema) {
  std::vector<std::string> names;
  if (schema.empty()) return names;
  for (const auto& field : schema.types.front().fields)
    if (!field.name.empty() && is_plain_integer(schema.types.at(field.type))) names.push_back(field.name);
  return names;
}

Number find_number(const MapSpec& spec, const std::string& column) {
  const auto of_value = numbers_of(spec.value), of_key = numbers_of(spec.key);
  const auto has = [&](const auto& names) { return std::ranges::find(names, column) != names.end(); };
  if (is_number(spec.value) && (column.empty() || column == "value")) return {};
  if (column.empty() && of_value.size() == 1) return {.field = of_value.front()};
  if (has(of_value)) return {.field = column};
  if (has(of_key)) return {.in_key = true, .field = column};
  if (is_number(spec.key) && column == "key") return {.in_key = true};
  auto names = of_value;
  names.insert(names.end(), of_key.begin(), of_key.end());
  if (is_number(spec.key)) names.emplace_back("key");
  const auto there = names.empty() ? "its entries have no numbers" : "there are: " + join(names, ", ");
  if (column.empty()) throw Error(Stage::usage, spec.name, "which number is not clear", there);
  throw Error(Stage::usage, spec.name + "." + column, "there is no such number", did_you_mean(column, names, there));
}

std::uint64_t number_in(const RecordView& record, const std::string& field) {
  return (field.empty() ? record : record[field]).u64();
}

}  // namespace

void print_value_histogram(const Map& map, const std::string& column, present::TableOutput& output) {
  const auto& spec = map.spec();
  const auto number = find_number(spec, column);
  std::vector<report::Bucket> buckets;
  const auto snapshot = Table(map).snapshot();
  for (const auto& entry : snapshot) {
    std::uint64_t sum = 0;
    if (number.in_key) sum = number_in(entry.key, number.field);
    for (std::uint32_t cpu = 0; !number.in_key && cpu < entry.cpus; ++cpu)
      sum += number_in(entry.on_cpu(cpu), number.field);
    // The first slot is of 0 and 1.
    buckets.push_back({std::max<std::int64_t>(static_cast<std::int64_t>(std::bit_width(sum)), 1), 1});
  }
  const auto& label = number.field.empty() ? spec.name : number.field;
  present::print_one_histogram({.map = spec.name, .key = {}, .label = label}, buckets, Slots::log2l, output);
}

}  // namespace sonda::shell
