#include "inspect/map_rows.h"

#include <bpf/btf.h>

#include "image/schema_from_btf.h"
#include "inspect/object.h"
#include "kernel/libbpf.h"
#include "read/batch.h"
#include "read/map_types.h"
#include "read/place.h"
#include "sonda/error.h"

namespace sonda {
namespace {

/// What somebody else's type information says, if that can be of `size` bytes.
std::optional<Schema> described(const btf* types, std::uint32_t type, std::uint32_t size) {
  if (types == nullptr || type == 0) return std::nullopt;
  try {
    auto schema = schema_from_btf(*types, type);
    if (schema.size() == size) return schema;
  } catch (const Error&) {  // a type that has no bytes: shown as bytes
  }
  return std::nullopt;
}

/// The value of the first CPU that has something.
RecordView first_value(const Snapshot::Entry& entry) {
  for (std::uint32_t cpu = 0; cpu < entry.cpus; ++cpu)
    if (!is_all_zero(entry.on_cpu(cpu).bytes())) return entry.on_cpu(cpu);
  return entry.value;
}

double number_of(const RecordView& view) {
  return view.type().kind == Kind::signed_integer ? static_cast<double>(view.i64()) : static_cast<double>(view.u64());
}

std::vector<std::string> measures_of(const Schema& schema) {
  std::vector<std::string> names;
  const auto& type = schema.types.front();
  if (is_plain_integer(type) && type.size <= 8) names.emplace_back();
  for (const auto& field : type.fields)
    if (!field.name.empty() && is_plain_integer(schema.types.at(field.type)) && type.kind == Kind::structure)
      names.push_back(field.name);
  return names;
}

}  // namespace

std::optional<Map> open_map(const MapFacts& facts) {
  auto fd = open_object(ObjectKind::map, facts.id);
  if (!fd) return std::nullopt;
  auto spec = spec_of(facts);
  const QuietLibbpf quiet;
  const BtfPointer types(facts.btf == 0 ? nullptr : btf__load_from_kernel_by_id(facts.btf));
  auto key = described(types.get(), facts.key_type, facts.key_size);
  auto value = described(types.get(), facts.value_type, facts.value_size);
  if (key && value) {
    spec.btf_key_type = facts.key_type;
    spec.btf_value_type = facts.value_type;
  }
  spec.key = key ? std::move(*key) : plain_integer(facts.key_size);
  spec.value = value ? std::move(*value) : plain_integer(facts.value_size);
  return Map(std::move(spec), std::move(fd));
}

std::string_view MapContent::key_bytes(std::size_t row) const { return as_text(snapshot_.key_bytes(present_.at(row))); }

Value MapContent::key(std::size_t row) const { return snapshot_[present_.at(row)].key.value(); }

RecordView MapContent::view(const Snapshot::Entry& entry, std::vector<std::byte>& sum) const {
  if (!owner_->sum_) return first_value(entry);
  return owner_->sum_->of(entry, sum);
}

Value MapContent::value(std::size_t row) const {
  std::vector<std::byte> sum;
  return view(snapshot_[present_.at(row)], sum).value();
}

void MapContent::numbers(std::size_t row, std::vector<double>& into) const {
  std::vector<std::byte> sum;
  const auto value = view(snapshot_[present_.at(row)], sum);
  into.clear();
  for (const auto& measure : owner_->measures_) into.push_back(number_of(measure.empty() ? value : value[measure]));
}

MapRows::MapRows(Map map) : map_(std::move(map)) {
  const auto& spec = map_.spec();
  if (is_per_cpu(spec.type) && can_sum(spec.value)) sum_.emplace(spec.value);
  if (!spec.value.empty()) measures_ = measures_of(spec.value);
}

bool MapRows::readable() const noexcept { return is_readable(map_.spec()); }

MapContent MapRows::read() const {
  MapContent content;
  content.owner_ = this;
  content.snapshot_ = Table(map_).snapshot_of(most_entries);
  content.present_.reserve(content.snapshot_.size());
  const bool hides_zero = is_array(map_.spec().type);
  for (const auto& entry : content.snapshot_)
    if (!hides_zero || !is_zero(entry)) content.present_.push_back(static_cast<std::uint32_t>(entry.index));
  return content;
}

}  // namespace sonda
