// Conditions as a person types them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "image/check_schema.h"
#include "read/place.h"
#include "typed/condition_node.h"

namespace sonda {
namespace {

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

const Type& type_of(const Subject& field) { return field.schema.types.front(); }

bool is_ordered(const Subject& field) {
  if (field.as == Show::ipv4 || field.as == Show::ipv6) return false;
  const auto kind = type_of(field).kind;
  return is_text(field.schema, type_of(field)) ||
         (kind != Kind::structure && kind != Kind::union_ && kind != Kind::array && kind != Kind::bytes);
}

using Node = Condition::Node;
using NodePtr = std::shared_ptr<const Node>;

class ConditionParser {
 public:
  ConditionParser(std::string_view text, std::span<const Condition::Part> parts) : cursor_(text), parts_(parts) {
    if (std::ranges::all_of(parts, [](const auto& part) { return part.schema.empty(); }))
      throw Error(Stage::usage, std::string(text), "the fields of these records are not known");
  }

  ParsedCondition parse() {
    auto root = either();
    cursor_.skip_blanks();
    if (!cursor_.at_end())
      throw cursor_.error(cursor_.at(), std::string(cursor_.rest()), "expected 'and', 'or' or the end");
    return {std::move(root), reach_};
  }

  /// Whether what was thrown is that a field is not there.
  bool is_unknown() const noexcept { return is_unknown_; }

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

  Operand wanted(Node& node) {
    cursor_.skip_blanks();
    const auto from = cursor_.at();
    if (cursor_.at_end()) throw cursor_.error(from, node.field.name, "expected what it is compared with");
    if (is_text(node.field.schema, type_of(node.field)))
      return cursor_.at_quote() ? cursor_.quoted() : cursor_.unescaped(cursor_.up_to(" \t()"));
    const TypedAs as{[&](std::string_view) { return node.field.as; }, parts_[node.field.part].as.resources};
    const auto bytes = parse_value(cursor_, node.field.schema, as);
    // An error is the same above and below 0; what is less than another is not.
    if (node.field.as == Show::error && node.op != Operator::equal && node.op != Operator::unequal)
      node.field.as.reset();
    return operand(RecordView(bytes, node.field.schema), node.field.as);
  }

  Subject field() {
    cursor_.skip_blanks();
    const auto from = cursor_.at();
    const auto name = take_name();
    if (name.empty())
      throw cursor_.error(from, std::string(cursor_.rest()), "expected the name of a field",
                          "there are: " + sonda::join(names(), ", "));
    Subject result;
    result.name = name;
    auto type = begin(result, name, from);
    const auto& schema = parts_[result.part].schema;
    for (;;) {
      const auto at = cursor_.at();
      if (cursor_.peek() == '.') {
        cursor_.go_to(at + 1);
        const auto inner = take_name();
        if (!enter(schema, result, type, inner)) throw no_such(inner, names_in(schema, type), at + 1);
        result.as.reset();
      } else if (cursor_.peek() == '[') {
        index(schema, result, type, at);
      } else {
        break;
      }
      result.name = cursor_.text().substr(from, cursor_.at() - from);
    }
    const auto size = result.bit_size != 0 ? result.bit_size : 8 * schema.types.at(type).size;
    if (result.part == 0) reach_ = std::max<std::size_t>(reach_, (result.bits + size + 7) / 8);
    result.schema = part_of(schema, type);
    return result;
  }

  /// Finds the part that has the field. Gives the field's type.
  std::uint32_t begin(Subject& field, std::string_view name, std::size_t from) {
    for (const auto& part : parts_) {
      if (part.schema.empty()) continue;
      field.part = static_cast<std::size_t>(&part - parts_.data());
      const bool whole = name == part.name && part.schema.types.front().fields.empty();
      std::uint32_t type = 0;
      if (!whole && !enter(part.schema, field, type, name)) continue;
      if (part.as.shown) field.as = part.as.shown(whole ? "" : name);
      return type;
    }
    is_unknown_ = true;
    throw no_such(name, names(), from);
  }

  Error no_such(std::string_view name, const std::vector<std::string>& names, std::size_t from) const {
    return cursor_.error(from, std::string(name), "there is no such field",
                         did_you_mean(name, names, names.empty() ? "" : "there are: " + sonda::join(names, ", ")));
  }

  std::string_view take_name() {
    const auto rest = cursor_.rest();
    const auto length = static_cast<std::size_t>(std::ranges::find_if_not(rest, is_name_character) - rest.begin());
    cursor_.go_to(cursor_.at() + length);
    return rest.substr(0, length);
  }

  /// Goes into that field of `type`; one of an anonymous struct counts as its parent's.
  static bool enter(const Schema& schema, Subject& field, std::uint32_t& type, std::string_view name) {
    const auto& fields = schema.types.at(type).fields;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const bool is_it = fields[i].name == name && !name.empty();
      if (!is_it && !is_transparent(schema, fields[i])) continue;
      auto inside = field;
      inside.path.push_back({false, i});
      inside.bits += fields[i].bit_offset;
      inside.bit_size = fields[i].bit_size;
      auto inner = fields[i].type;
      if (!is_it && !enter(schema, inside, inner, name)) continue;
      field = std::move(inside);
      type = inner;
      return true;
    }
    return false;
  }

  static void append_names(std::vector<std::string>& names, const Schema& schema, std::uint32_t type) {
    for (const auto& field : schema.types.at(type).fields)
      if (is_transparent(schema, field))
        append_names(names, schema, field.type);
      else if (std::ranges::find(names, field.name) == names.end())
        names.push_back(field.name);
  }

  static std::vector<std::string> names_in(const Schema& schema, std::uint32_t type) {
    std::vector<std::string> names;
    append_names(names, schema, type);
    return names;
  }

  void index(const Schema& schema, Subject& field, std::uint32_t& type, std::size_t at) {
    const auto& array = schema.types.at(type);
    cursor_.go_to(at + 1);
    const auto number = parse_u64(cursor_.up_to("]"));
    if (array.kind != Kind::array) throw cursor_.error(at, field.name, "it is not an array");
    if (!cursor_.take(']') || !number || *number >= array.count)
      throw cursor_.error(at + 1, field.name, fmt::format("expected a number below {} and ']'", array.count));
    field.path.push_back({true, static_cast<std::size_t>(*number)});
    type = array.element;
    field.bits += static_cast<std::uint32_t>(*number) * 8 * schema.types.at(type).size;
  }

  /// All that a condition can speak of.
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& part : parts_) {
      if (part.schema.empty()) continue;
      append_names(names, part.schema, 0);
      if (part.schema.types.front().fields.empty() && std::ranges::find(names, part.name) == names.end())
        names.emplace_back(part.name);
    }
    return names;
  }

  TextCursor cursor_;
  std::span<const Condition::Part> parts_;
  std::size_t levels_ = 0, reach_ = 0;
  bool is_unknown_ = false;
};

}  // namespace

std::expected<ParsedCondition, Error> parse_condition(std::string_view text, std::span<const Condition::Part> parts) {
  ConditionParser parser(text, parts);
  try {
    return parser.parse();
  } catch (Error& error) {
    if (!parser.is_unknown()) throw;
    return std::unexpected(std::move(error));
  }
}

}  // namespace sonda
