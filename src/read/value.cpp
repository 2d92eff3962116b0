// Whole records decoded into Values, and Values as text.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/escape.h"
#include "image/check_schema.h"
#include "read/place.h"
#include "sonda/error.h"
#include "sonda/record.h"

namespace sonda {
namespace {

/// An integer of more than 64 bits, most significant digit first.
std::string wide_integer(std::span<const std::byte> bytes) {
  std::vector<std::byte> reversed(bytes.rbegin(), bytes.rend());
  return "0x" + to_hex(reversed);
}

template <class Float>
double load_float(std::span<const std::byte> bytes) {
  Float number;
  std::memcpy(&number, bytes.data(), sizeof number);
  return static_cast<double>(number);
}

Named named(const Type& type, std::int64_t number) {
  const auto found = std::find_if(type.values.begin(), type.values.end(),
                                  [&](const Enumerator& enumerator) { return enumerator.value == number; });
  return {number, found == type.values.end() ? std::string{} : found->name};
}

/// Decodes within the bounds that validate() sets, also for a schema that never went through it.
class Decoder {
 public:
  Value decode(const ValuePlace& place) {
    switch (place.type().kind) {
      case Kind::structure:
      case Kind::union_: {
        Fields fields;
        add_fields(place, fields);
        return Value(std::move(fields));
      }
      case Kind::array:
        return array(place);
      case Kind::floating:
        return floating(place);
      case Kind::bytes:
        return Value(to_hex(place.bytes));
      default:
        return number(place);
    }
  }

 private:
  void enter(const ValuePlace& place) {
    ++levels_;
    if (++values_ > most_values || levels_ > deepest_type)
      throw Error(Stage::read, title(place.type()), "its description is too large to decode");
  }

  void add_fields(const ValuePlace& parent, Fields& fields) {
    enter(parent);
    for (const auto& field : parent.type().fields) {
      if (is_transparent(*parent.schema, field))
        add_fields(field_place(parent, field), fields);
      else if (!field.name.empty())
        fields.emplace_back(field.name, decode(field_place(parent, field)));
    }
    --levels_;
  }

  Value array(const ValuePlace& place) {
    const Type& type = place.type();
    if (is_text(*place.schema, type)) return Value(load_text(place));
    List list;
    if (place.bytes.empty()) return Value(std::move(list));  // elements without bytes, or none
    enter(place);
    for (std::size_t i = 0; i < type.count; ++i) list.push_back(decode(element_place(place, i)));
    --levels_;
    return Value(std::move(list));
  }

  static Value floating(const ValuePlace& place) {
    if (place.bytes.size() == sizeof(float)) return Value(load_float<float>(place.bytes));
    if (place.bytes.size() == sizeof(double)) return Value(load_float<double>(place.bytes));
    return Value(to_hex(place.bytes));
  }

  static Value number(const ValuePlace& place) {
    const Type& type = place.type();
    const auto number = load_number(place);
    if (!number) return Value(wide_integer(place.bytes));
    const auto as_signed = static_cast<std::int64_t>(*number);
    switch (type.kind) {
      case Kind::boolean:
        return Value(*number != 0);
      case Kind::signed_integer:
        return Value(as_signed);
      case Kind::enumeration:
        return Value(named(type, as_signed));
      case Kind::character:
        return Value(std::string(*number == 0 ? 0 : 1, static_cast<char>(*number)));
      default:
        return Value(*number);
    }
  }

  std::size_t values_ = 0, levels_ = 0;
};

struct TextWriter {
  std::string operator()(std::uint64_t number) const { return fmt::to_string(number); }
  std::string operator()(std::int64_t number) const { return fmt::to_string(number); }
  std::string operator()(bool truth) const { return truth ? "true" : "false"; }
  std::string operator()(double number) const { return fmt::to_string(number); }
  std::string operator()(const Named& named) const {
    return named.name.empty() ? fmt::to_string(named.number) : escape_for_terminal(named.name);
  }
  std::string operator()(const std::string& text) const { return escape_for_terminal(text); }
  std::string operator()(const List& list) const {
    std::string text = "[";
    for (const auto& element : list) {
      if (text.size() > 1) text += ", ";
      text += to_text(element);
    }
    return text + "]";
  }
  std::string operator()(const Fields& fields) const {
    std::string text = "{";
    for (const auto& [name, value] : fields) {
      if (text.size() > 1) text += ", ";
      text += escape_for_terminal(name) + "=" + to_text(value);
    }
    return text + "}";
  }
};

}  // namespace

std::string to_hex(std::span<const std::byte> bytes) {
  std::string text;
  for (const auto byte : bytes) text += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  return text;
}

Value decode(const ValuePlace& place) { return Decoder().decode(place); }

Value RecordView::value() const { return decode({bytes_, schema_, type_, bit_offset_, bit_size_}); }

std::string to_text(const Value& value) { return std::visit(TextWriter{}, value.storage()); }

}  // namespace sonda
