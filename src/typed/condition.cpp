#include "typed/condition.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <compare>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "base/text.h"
#include "image/check_schema.h"
#include "read/types.h"

namespace sonda {
namespace {

enum class Operator : std::uint8_t { equal, unequal, less, less_equal, greater, greater_equal, like, unlike, is_set };

struct Sign {
  std::string_view text;
  Operator meaning;
};
// The longer ones first.
constexpr std::array<Sign, 8> signs{{{"==", Operator::equal},
                                     {"!=", Operator::unequal},
                                     {"<=", Operator::less_equal},
                                     {">=", Operator::greater_equal},
                                     {"!~", Operator::unlike},
                                     {"<", Operator::less},
                                     {">", Operator::greater},
                                     {"~", Operator::like}}};

/// A step from a record to a part of it.
using Step = std::variant<std::string, std::size_t>;

/// What two numbers, or a text, are compared as.
using Operand = std::variant<std::int64_t, std::uint64_t, double, std::string, std::vector<std::byte>>;

/// What a part of the record is compared as, and the type's description alone.
struct Subject {
  std::vector<Step> path;
  Schema schema;
  std::optional<Show> as;
  std::string name;
};

const Type& type_of(const Subject& field) { return field.schema.types.front(); }

bool is_ordered(const Subject& field) {
  if (field.as == Show::ipv4 || field.as == Show::ipv6) return false;
  const auto kind = type_of(field).kind;
  return is_text(field.schema, type_of(field)) ||
         (kind != Kind::structure && kind != Kind::union_ && kind != Kind::array && kind != Kind::bytes);
}

RecordView part(RecordView record, const std::vector<Step>& path) {
  for (const auto& step : path)
    record = step.index() == 0 ? record[std::get<std::string>(step)] : record[std::get<std::size_t>(step)];
  return record;
}

std::uint64_t in_host_order(std::uint64_t port) { return (port & 0xff) << 8 | (port >> 8 & 0xff); }

Operand operand(const RecordView& value, std::optional<Show> as) {
  const auto decoded = value.value();
  if (as == Show::port)
    if (const auto* number = std::get_if<std::uint64_t>(&decoded.storage())) return in_host_order(*number);
  return std::visit(
      [&]<class Is>(const Is& is) -> Operand {
        if constexpr (std::is_same_v<Is, bool>)
          return std::uint64_t{is};
        else if constexpr (std::is_same_v<Is, Named>)
          return is.number;
        else if constexpr (std::is_same_v<Is, List> || std::is_same_v<Is, Fields>)
          return std::vector<std::byte>(value.bytes().begin(), value.bytes().end());
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

struct Condition::Node {
  enum class Kind : std::uint8_t { comparison, negation, both, either } kind = Kind::comparison;
  std::shared_ptr<const Node> left, right;
  Subject field;
  Operator op = Operator::is_set;
  Operand wanted;

  bool holds(const RecordView& record) const {
    switch (kind) {
      case Kind::negation:
        return !left->holds(record);
      case Kind::both:
        return left->holds(record) && right->holds(record);
      case Kind::either:
        return left->holds(record) || right->holds(record);
      case Kind::comparison:
        break;
    }
    return compares(operand(part(record, field.path), field.as));
  }

  bool compares(const Operand& value) const {
    if (op == Operator::is_set) return is_set(value);
    if (op == Operator::like || op == Operator::unlike) {
      const bool like = ::fnmatch(std::get<std::string>(wanted).c_str(), std::get<std::string>(value).c_str(), 0) == 0;
      return like == (op == Operator::like);
    }
    const auto order = compare(value, wanted);
    switch (op) {
      case Operator::equal:
        return order == 0;
      case Operator::unequal:
        return order != 0;
      case Operator::less:
        return order < 0;
      case Operator::less_equal:
        return order <= 0;
      case Operator::greater:
        return order > 0;
      default:
        return order >= 0;
    }
  }
};

namespace {

using Node = Condition::Node;
using NodePtr = std::shared_ptr<const Node>;

class ConditionParser {
 public:
  ConditionParser(std::string_view text, const Schema& schema, const TypedAs& as)
      : cursor_(text), schema_(schema), as_(as) {
    if (schema.empty()) throw Error(Stage::usage, std::string(text), "the fields of these records are not known");
  }

  NodePtr parse() {
    auto root = either();
    cursor_.skip_blanks();
    if (!cursor_.at_end())
      throw cursor_.error(cursor_.at(), std::string(cursor_.rest()), "expected 'and', 'or' or the end");
    return root;
  }

 private:
  NodePtr either() {
    auto left = both();
    while (take("or") || take("||")) left = join(Node::Kind::either, left, both());
    return left;
  }

  NodePtr both() {
    auto left = one();
    while (take("and") || take("&&")) left = join(Node::Kind::both, left, one());
    return left;
  }

  NodePtr one() {
    if (++levels_ > deepest_type)
      throw cursor_.error(cursor_.at(), "condition", fmt::format("it is nested deeper than {}", deepest_type));
    NodePtr node;
    if (take("not") || take_negation()) {
      node = join(Node::Kind::negation, one(), nullptr);
    } else if (cursor_.take('(')) {
      const auto from = cursor_.at() - 1;
      node = either();
      if (!cursor_.take(')')) throw cursor_.error(from, "(", "the closing ) is missing");
    } else {
      node = comparison();
    }
    --levels_;
    return node;
  }

  static NodePtr join(Node::Kind kind, NodePtr left, NodePtr right) {
    return std::make_shared<Node>(Node{.kind = kind, .left = std::move(left), .right = std::move(right)});
  }

  bool take(std::string_view word) {
    cursor_.skip_blanks();
    if (!cursor_.rest().starts_with(word)) return false;
    const auto behind = cursor_.rest().substr(word.size());
    if (is_name_character(word[0]) && !behind.empty() && is_name_character(behind[0])) return false;
    cursor_.go_to(cursor_.at() + word.size());
    return true;
  }

  bool take_negation() { return !cursor_.rest().starts_with("!=") && !cursor_.rest().starts_with("!~") && take("!"); }

  NodePtr comparison() {
    Node node;
    node.field = field();
    cursor_.skip_blanks();
    const auto at = cursor_.at();
    const auto sign =
        std::ranges::find_if(signs, [&](const Sign& one) { return cursor_.rest().starts_with(one.text); });
    if (sign == signs.end()) {
      if (cursor_.peek() == '=') throw cursor_.error(at, "=", "there is no such comparison", "equal is ==");
      return std::make_shared<Node>(std::move(node));
    }
    cursor_.go_to(at + sign->text.size());
    node.op = sign->meaning;
    if (node.op == Operator::like || node.op == Operator::unlike)
      require(is_text(node.field.schema, type_of(node.field)), at, node.field, "is not text: ~ compares text");
    else if (node.op != Operator::equal && node.op != Operator::unequal)
      require(is_ordered(node.field), at, node.field, "has no order: it can be compared with == and !=");
    node.wanted = wanted(node);
    return std::make_shared<Node>(std::move(node));
  }

  void require(bool holds, std::size_t at, const Subject& field, std::string cause) const {
    if (!holds) throw cursor_.error(at, field.name, std::move(cause));
  }

  Operand wanted(const Node& node) {
    cursor_.skip_blanks();
    const auto from = cursor_.at();
    if (cursor_.at_end()) throw cursor_.error(from, node.field.name, "expected what it is compared with");
    if (is_text(node.field.schema, type_of(node.field)))
      return cursor_.at_quote() ? cursor_.quoted() : cursor_.unescaped(cursor_.up_to(" \t()"));
    const TypedAs as{[&](std::string_view) { return node.field.as; }, as_.resources};
    const auto bytes = parse_value(cursor_, node.field.schema, as);
    return operand(RecordView(bytes, node.field.schema), node.field.as);
  }

  Subject field() {
    cursor_.skip_blanks();
    const auto from = cursor_.at();
    const auto name = take_name();
    if (name.empty()) throw cursor_.error(from, std::string(cursor_.rest()), "expected the name of a field", known());
    Subject result{{}, schema_, {}, std::string(name)};
    const bool whole = name == "value" && schema_.types.front().fields.empty();
    result.as = as_.shown ? as_.shown(whole ? "" : name) : std::nullopt;
    std::uint32_t type = 0;
    if (!whole) enter(result, type, name, from);
    for (;;) {
      const auto at = cursor_.at();
      if (cursor_.peek() == '.') {
        cursor_.go_to(at + 1);
        enter(result, type, take_name(), at + 1);
      } else if (cursor_.peek() == '[') {
        index(result, type, at);
      } else {
        break;
      }
      result.name = cursor_.text().substr(from, cursor_.at() - from);
    }
    result.schema = part_of(schema_, type);
    return result;
  }

  std::string_view take_name() {
    const auto rest = cursor_.rest();
    const auto length = static_cast<std::size_t>(std::ranges::find_if_not(rest, is_name_character) - rest.begin());
    cursor_.go_to(cursor_.at() + length);
    return rest.substr(0, length);
  }

  void enter(Subject& field, std::uint32_t& type, std::string_view name, std::size_t from) {
    std::vector<std::string> names;
    const auto found = find(type, name, names);
    if (!found)
      throw cursor_.error(from, std::string(name), "there is no such field",
                          did_you_mean(name, names, names.empty() ? "" : "there are: " + sonda::join(names, ", ")));
    field.path.emplace_back(std::string(name));
    if (field.path.size() > 1) field.as.reset();
    type = found->type;
  }

  /// The field; one of an anonymous struct counts as its parent's. Adds all names that there are.
  std::optional<Field> find(std::uint32_t type, std::string_view name, std::vector<std::string>& names) const {
    std::optional<Field> found;
    for (const auto& field : schema_.types.at(type).fields) {
      if (is_transparent(schema_, field)) {
        if (auto inner = find(field.type, name, names); inner && !found) found = inner;
        continue;
      }
      names.push_back(field.name);
      if (field.name == name && !found) found = field;
    }
    return found;
  }

  void index(Subject& field, std::uint32_t& type, std::size_t at) {
    const auto& array = schema_.types.at(type);
    cursor_.go_to(at + 1);
    const auto number = parse_u64(cursor_.up_to("]"));
    if (array.kind != Kind::array) throw cursor_.error(at, field.name, "it is not an array");
    if (!cursor_.take(']') || !number || *number >= array.count)
      throw cursor_.error(at + 1, field.name, fmt::format("expected a number below {} and ']'", array.count));
    field.path.emplace_back(static_cast<std::size_t>(*number));
    type = array.element;
  }

  std::string known() const {
    std::vector<std::string> names;
    find(0, "", names);
    return names.empty() ? "it is called 'value'" : "there are: " + sonda::join(names, ", ");
  }

  TextCursor cursor_;
  const Schema& schema_;
  const TypedAs& as_;
  std::size_t levels_ = 0;
};

}  // namespace

Condition Condition::parse(std::string_view text, const Schema& schema, const TypedAs& as) {
  Condition condition;
  if (!trim(text).empty()) condition.root_ = ConditionParser(text, schema, as).parse();
  return condition;
}

bool Condition::matches(const RecordView& record) const { return root_ == nullptr || root_->holds(record); }

}  // namespace sonda
