#include "typed/condition.h"

#include <fnmatch.h>

#include <algorithm>
#include <compare>
#include <type_traits>
#include <utility>

#include "base/text.h"
#include "typed/condition_node.h"

namespace sonda {
namespace {

RecordView at(RecordView record, const std::vector<Step>& path) {
  for (const auto& step : path) record = step.element ? record[step.index] : record.field(step.index);
  return record;
}

std::uint64_t in_host_order(std::uint64_t port) { return (port & 0xff) << 8 | (port >> 8 & 0xff); }

Operand operand(const Value& decoded) {
  return std::visit(
      []<class Is>(const Is& is) -> Operand {
        if constexpr (std::is_same_v<Is, bool>)
          return std::uint64_t{is};
        else if constexpr (std::is_same_v<Is, Named>)
          return is.number;
        else if constexpr (std::is_same_v<Is, List> || std::is_same_v<Is, Fields>)
          return std::vector<std::byte>();
        else
          return is;
      },
      decoded.storage());
}

std::partial_ordering compare(const Operand& a, const Operand& b) {
  if (a.index() != b.index()) return std::partial_ordering::unordered;
  return std::visit([&]<class Is>(const Is& is) -> std::partial_ordering { return is <=> std::get<Is>(b); }, a);
}

bool is_set(const Operand& value) {
  return std::visit(
      []<class Is>(const Is& is) {
        if constexpr (std::is_same_v<Is, std::string>)
          return !is.empty();
        else if constexpr (std::is_same_v<Is, std::vector<std::byte>>)
          return std::ranges::any_of(is, [](std::byte byte) { return byte != std::byte{}; });
        else
          return is != 0;
      },
      value);
}

}  // namespace

Operand operand(const RecordView& value, std::optional<Show> as) {
  const auto& type = value.type();
  const bool fits = is_number(type.kind) && type.kind != Kind::floating && type.size <= sizeof(std::uint64_t);
  if (!fits) {
    auto decoded = operand(value.value());
    if (auto* bytes = std::get_if<std::vector<std::byte>>(&decoded))
      bytes->assign(value.bytes().begin(), value.bytes().end());
    return decoded;
  }
  const auto number = value.u64();
  if (as == Show::error) return errno_in(number);
  if (is_signed(type)) return static_cast<std::int64_t>(number);
  return as == Show::port ? in_host_order(number) : number;
}

bool Condition::Node::compares(const Operand& value) const {
  if (op == Operator::is_set) return is_set(value);
  if (op == Operator::like || op == Operator::unlike) {
    const bool like = ::fnmatch(std::get<std::string>(wanted).c_str(), std::get<std::string>(value).c_str(), 0) == 0;
    return like == (op == Operator::like);
  }
  const auto order = compare(value, wanted);
  if (op == Operator::equal) return order == 0;
  if (op == Operator::unequal) return order != 0;
  if (op == Operator::less) return order < 0;
  if (op == Operator::less_equal) return order <= 0;
  return op == Operator::greater ? order > 0 : order >= 0;
}

Condition Condition::parse(std::string_view text, const Schema& schema, const TypedAs& as) {
  const Part part{schema, "value", as};
  auto made = fit(text, std::span(&part, 1));
  if (!made) throw std::move(made.error());
  return *std::move(made);
}

std::expected<Condition, Error> Condition::fit(std::string_view text, std::span<const Part> parts) {
  Condition condition;
  if (trim(text).empty()) return condition;
  auto parsed = parse_condition(text, parts);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  condition.root_ = std::move(parsed->root);
  condition.reach_ = parsed->reach;
  return condition;
}

bool Condition::matches(std::span<const RecordView> parts) const {
  return root_ == nullptr ||
         root_->holds([&](const Subject& field) { return operand(at(parts[field.part], field.path), field.as); });
}

bool Condition::matches(std::span<const std::byte> bytes, const Schema& schema) const {
  if (root_ == nullptr) return true;
  if (bytes.size() >= schema.size()) return matches(RecordView(bytes, schema));
  if (bytes.size() < reach_) return false;
  std::vector<std::byte> whole(bytes.begin(), bytes.end());
  whole.resize(schema.size());
  return matches(RecordView(whole, schema));
}

bool Condition::matches(const std::function<Value(std::size_t field)>& field) const {
  return root_ == nullptr ||
         root_->holds([&](const Subject& subject) { return operand(field(subject.path.front().index)); });
}

}  // namespace sonda
