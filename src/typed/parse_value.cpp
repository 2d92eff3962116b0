#include "typed/parse_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/text.h"
#include "image/check_schema.h"
#include "read/place.h"
#include "read/show.h"
#include "typed/parse_number.h"

namespace sonda {
namespace {

/// A part of the value that is being written.
struct Slot {
  std::size_t offset = 0, size = 0;
  std::uint32_t type = 0;
  std::uint32_t bit_offset = 0, bit_size = 0;
};

struct Member {
  std::string name;
  Slot slot;
};

/// Where in the text a value stands, which decides where bare text ends.
enum class Around { nothing, blanks, brackets };

class ValueParser {
 public:
  ValueParser(TextCursor& cursor, const Schema& schema, const TypedAs& as)
      : cursor_(cursor), schema_(schema), as_(as), bytes_(schema.size()) {
    if (schema.empty()) throw Error(Stage::read, "value", "the image has no description of it");
  }

  std::vector<std::byte> parse(Around around) {
    cursor_.skip_blanks();
    const Slot all{0, bytes_.size(), 0, 0, 0};
    const auto& root = schema_.types.front();
    if (root.kind == Kind::structure && cursor_.peek() != '{' && !shown_as("", root))
      fields_in_a_row(all);
    else
      value(all, "", shown_as("", root), around);
    return std::move(bytes_);
  }

 private:
  const Type& type_of(const Slot& slot) const {
    if (slot.type >= schema_.types.size())
      throw Error(Stage::read, "value", "its description is inconsistent: it names a type that is not there");
    return schema_.types[slot.type];
  }
  ValuePlace place_of(const Slot& slot) const {
    return {std::span(bytes_).subspan(slot.offset, slot.size), &schema_, slot.type, slot.bit_offset, slot.bit_size};
  }
  Slot slot_of(const ValuePlace& place) const {
    return {static_cast<std::size_t>(place.bytes.data() - bytes_.data()), place.bytes.size(), place.type_index,
            place.bit_offset, place.bit_size};
  }

  std::optional<Show> shown_as(const std::string& name, const Type& type) const {
    const auto as = as_.shown ? as_.shown(name) : std::nullopt;
    const auto* element = type.kind == Kind::array && type.element < schema_.types.size() && type.count != 0
                              ? &schema_.types[type.element]
                              : nullptr;
    return as && (is_showable(*as, type, element) || element != nullptr) ? as : std::nullopt;
  }

  [[noreturn]] void expected(std::size_t from, const std::string& name, const std::string& what,
                             std::string hint = {}) const {
    const auto text = cursor_.text().substr(from);
    auto got = std::string(trim(text.substr(0, text.find_first_of(" \t,}])"))));
    if (got.empty() && !text.empty()) got = text.substr(0, 1);
    throw cursor_.error(from, name.empty() ? "value" : name,
                        fmt::format("expected {}{}", what, got.empty() ? "" : ", not '" + got + "'"), std::move(hint));
  }

  void value(const Slot& slot, const std::string& name, std::optional<Show> as, Around around) {
    if (++levels_ > deepest_type)
      throw Error(Stage::read, name.empty() ? "value" : name, "its description is too large");
    const auto& type = type_of(slot);
    if (as) {
      shown(slot, name, *as, around);
    } else {
      switch (type.kind) {
        case Kind::structure:
        case Kind::union_:
          structure(slot, name);
          break;
        case Kind::array:
          is_text(schema_, type) ? text(slot, name, around) : array(slot, name, {});
          break;
        case Kind::character:
          character(slot, name, around);
          break;
        case Kind::floating:
          floating(slot, name);
          break;
        case Kind::bytes:
          opaque(slot, name);
          break;
        default:
          number(slot, name);
      }
    }
    --levels_;
  }

  void shown(const Slot& slot, const std::string& name, Show as, Around around) {
    const auto& type = type_of(slot);
    const bool many = type.kind == Kind::array && type.count != 0 && type.element < schema_.types.size();
    if (many && !is_showable(as, type, &schema_.types[type.element])) return array(slot, name, as);
    if (slot.bit_size != 0) return value(slot, name, std::nullopt, around);
    put(slot, parse_shown(as, cursor_, type, name, as_.resources));
  }

  void put(const Slot& slot, std::span<const std::byte> bytes) {
    std::copy_n(bytes.begin(), std::min(bytes.size(), slot.size),
                bytes_.begin() + static_cast<std::ptrdiff_t>(slot.offset));
  }

  void put_number(const Slot& slot, std::uint64_t number) {
    const auto bits =
        slot.bit_size != 0 ? slot.bit_size : static_cast<std::uint32_t>(std::min<std::size_t>(slot.size, 8) * 8);
    for (std::uint32_t i = 0; i < bits; ++i) {
      const auto bit = slot.offset * 8 + slot.bit_offset + i;
      const auto mask = std::byte{1} << (bit % 8);
      if ((number >> i & 1U) != 0)
        bytes_[bit / 8] |= mask;
      else
        bytes_[bit / 8] &= ~mask;
    }
  }

  std::string_view word() { return cursor_.up_to(" \t,}])"); }

  void number(const Slot& slot, const std::string& name) {
    const auto& type = type_of(slot);
    const auto from = cursor_.at();
    const auto typed = word();
    if (slot.bit_size == 0 && slot.size > 8) {
      const auto wide = parse_wide_number(typed, slot.size);
      if (!wide) expected(from, name, fmt::format("a number, such as 12, or 0x and up to {} digits", 2 * slot.size));
      return put(slot, *wide);
    }
    if (type.kind == Kind::boolean && (typed == "true" || typed == "false")) return put_number(slot, typed == "true");
    if (const auto* named = enumerator(type, typed)) return put_number(slot, static_cast<std::uint64_t>(named->value));
    NumberRange range{
        .bits = slot.bit_size != 0 ? slot.bit_size : static_cast<std::uint32_t>(slot.size) * 8,
        .is_signed = type.kind == Kind::signed_integer || (type.kind == Kind::enumeration && type.is_signed)};
    if (range.bits == 0 || range.bits > 64) range.bits = 64;
    if (const auto found = parse_number(typed, range)) return put_number(slot, *found);
    refuse_number(from, name, type, typed, range);
  }

  static const Enumerator* enumerator(const Type& type, std::string_view name) {
    const auto found = std::ranges::find(type.values, name, &Enumerator::name);
    return found == type.values.end() ? nullptr : &*found;
  }

  [[noreturn]] void refuse_number(std::size_t from, const std::string& name, const Type& type, std::string_view typed,
                                  const NumberRange& range) const {
    if (type.kind == Kind::boolean) expected(from, name, "true or false");
    if (type.kind == Kind::enumeration) {
      constexpr std::size_t most = 8;
      std::vector<std::string> names;
      for (const auto& value : type.values) names.push_back(value.name);
      auto some = names;
      if (some.size() > most) some.resize(most), some.emplace_back("...");
      expected(from, name, fmt::format("a name of {}, or {}", title(type), range.text()),
               did_you_mean(typed, names, "there are: " + join(some, ", ")));
    }
    const bool octal = typed.size() > 1 && typed[0] == '0' && is_digit(typed[1]);
    expected(from, name, range.text(),
             octal ? "a 0 before other digits is not clear: write 0o for base 8, or leave it out" : "");
  }

  void floating(const Slot& slot, const std::string& name) {
    const auto from = cursor_.at();
    const auto typed = word();
    if (slot.size != sizeof(float) && slot.size != sizeof(double)) {
      const auto bytes = parse_hex_bytes(typed, slot.size);
      if (!bytes) expected(from, name, fmt::format("{} hexadecimal digits", 2 * slot.size));
      return put(slot, *bytes);
    }
    double number = 0;
    const auto *begin = typed.data(), *end = begin + typed.size();
    const auto [stop, error] = std::from_chars(begin, end, number);
    if (typed.empty() || error != std::errc{} || stop != end) expected(from, name, "a number, such as 1.5");
    const auto single = static_cast<float>(number);
    put(slot, slot.size == sizeof single ? std::as_bytes(std::span(&single, 1)) : std::as_bytes(std::span(&number, 1)));
  }

  void opaque(const Slot& slot, const std::string& name) {
    const auto from = cursor_.at();
    const auto bytes = parse_hex_bytes(word(), slot.size);
    if (!bytes) expected(from, name, fmt::format("{} hexadecimal digits, as the type is not known", 2 * slot.size));
    put(slot, *bytes);
  }

  std::string typed_text(Around around) {
    if (cursor_.at_quote()) return cursor_.quoted();
    const auto raw = cursor_.up_to(around == Around::nothing ? "" : around == Around::blanks ? " \t" : ",}]");
    return cursor_.unescaped(raw);
  }

  void text(const Slot& slot, const std::string& name, Around around) {
    const auto from = cursor_.at();
    const auto typed = typed_text(around);
    if (typed.size() > slot.size)
      throw cursor_.error(from, name.empty() ? "value" : name,
                          fmt::format("the text has {} bytes, and there is room for {}", typed.size(), slot.size));
    if (const auto nul = typed.find('\0'); nul != typed.npos)
      throw cursor_.error(from, name.empty() ? "value" : name, "a NUL ends a text: it cannot stand inside one");
    put(slot, std::as_bytes(std::span(typed)));
    std::ranges::fill(std::span(bytes_).subspan(slot.offset + typed.size(), slot.size - typed.size()), std::byte{});
  }

  void character(const Slot& slot, const std::string& name, Around around) {
    const auto from = cursor_.at();
    const auto typed = typed_text(around);
    if (typed.size() > 1) expected(from, name, "one character");
    put_number(slot, typed.empty() ? 0 : static_cast<unsigned char>(typed[0]));
  }

  void array(const Slot& slot, const std::string& name, std::optional<Show> as) {
    const auto& type = type_of(slot);
    const auto from = cursor_.at();
    if (!cursor_.take('[')) expected(from, name, fmt::format("a list of {}, [..., ...]", type.count));
    for (std::size_t i = 0; !cursor_.take(']'); ++i) {
      if (i > 0 && !cursor_.take(',')) expected(cursor_.at(), name, "',' or ']'");
      cursor_.skip_blanks();
      if (i >= type.count)
        throw cursor_.error(cursor_.at(), name.empty() ? "value" : name,
                            fmt::format("the list has more than {} elements", type.count));
      const auto element = slot_of(element_place(place_of(slot), i));
      value(element, fmt::format("{}[{}]", name, i), as, Around::brackets);
    }
  }

  void add_members(const ValuePlace& parent, std::vector<Member>& members) const {
    for (const auto& field : parent.type().fields) {
      const auto place = field_place(parent, field);
      if (is_transparent(schema_, field))
        add_members(place, members);
      else if (!field.name.empty())
        members.push_back({field.name, slot_of(place)});
    }
  }

  std::vector<Member> members_of(const Slot& slot) const {
    if (schema_fault(schema_)) throw Error(Stage::read, "value", "its description is inconsistent");
    std::vector<Member> members;
    add_members(place_of(slot), members);
    return members;
  }

  /// What a member was given, to see in the end that none that shares its bytes has changed it.
  struct Given {
    const Member* member;
    Value value;
    std::size_t from;
  };

  /// One member. What says the same already stays as it is, bytes that are not shown included: those of a union do.
  void member(const Member& one, const std::string& path, Around around, std::vector<Given>& given) {
    const auto from = cursor_.at();
    auto before = bytes_;
    const auto cleared = std::span(bytes_).subspan(one.slot.offset, one.slot.size);
    if (one.slot.bit_size == 0) std::ranges::fill(cleared, std::byte{});
    value(one.slot, path, shown_as(one.name, type_of(one.slot)), around);
    auto now = decode(place_of(one.slot));
    bytes_.swap(before);
    if (decode(place_of(one.slot)) != now) bytes_.swap(before);
    given.push_back({&one, std::move(now), from});
  }

  void require_all(const std::vector<Given>& given) const {
    for (const auto& one : given)
      if (const auto& number = std::get_if<double>(&one.value.storage()); number == nullptr || *number == *number)
        if (decode(place_of(one.member->slot)) != one.value)
          throw cursor_.error(one.from, one.member->name, "another member has the same bytes, and another value");
  }

  void structure(const Slot& slot, const std::string& name) {
    const auto from = cursor_.at();
    const auto members = members_of(slot);
    if (!cursor_.take('{'))
      expected(from, name, fmt::format("{{{}, ...}}", members.empty() ? "" : members[0].name + "=..."));
    std::vector<Given> given;
    std::size_t next = 0;
    bool named = false;
    for (bool first = true; !cursor_.take('}'); first = false) {
      if (!first && !cursor_.take(',')) expected(cursor_.at(), name, "',' or '}'");
      cursor_.skip_blanks();
      const auto at = cursor_.at();
      const auto* one = named_member(members, name);
      if (one == nullptr && named) expected(at, name, "a field's name and '='");
      if (one == nullptr && next >= members.size())
        throw cursor_.error(at, name.empty() ? "value" : name,
                            fmt::format("there are more values than its {} fields", members.size()));
      named = named || one != nullptr;
      if (one == nullptr) one = &members[next++];
      const auto known = std::ranges::find(given, one, &Given::member);
      if (known != given.end()) throw cursor_.error(at, one->name, "it is given twice");
      member(*one, name.empty() ? one->name : name + "." + one->name, Around::brackets, given);
    }
    require_all(given);
  }

  /// The member whose name and '=' come next, which are passed over; null if no such thing comes. Throws for a name
  /// that no member has.
  const Member* named_member(const std::vector<Member>& members, const std::string& outer) {
    const auto from = cursor_.at();
    const auto rest = cursor_.rest();
    const auto length = static_cast<std::size_t>(std::ranges::find_if_not(rest, is_name_character) - rest.begin());
    const auto name = rest.substr(0, length);
    cursor_.go_to(from + length);
    if (!is_identifier(name) || !cursor_.take('=')) {
      cursor_.go_to(from);
      return nullptr;
    }
    cursor_.skip_blanks();
    const auto found = std::ranges::find(members, name, &Member::name);
    if (found != members.end()) return &*found;
    std::vector<std::string> names;
    for (const auto& one : members) names.push_back(one.name);
    throw cursor_.error(from, std::string(name),
                        fmt::format("{} has no such field", outer.empty() ? title(schema_.types.front()) : outer),
                        did_you_mean(name, names, "there are: " + join(names, ", ")));
  }

  void fields_in_a_row(const Slot& slot) {
    const auto members = members_of(slot);
    std::vector<Given> given;
    for (const auto& one : members) {
      cursor_.skip_blanks();
      if (cursor_.at_end())
        expected(cursor_.at(), one.name, fmt::format("a value for each of {} fields, or {{...}}", members.size()));
      member(one, one.name, Around::blanks, given);
    }
    require_all(given);
  }

  TextCursor& cursor_;
  const Schema& schema_;
  const TypedAs& as_;
  std::vector<std::byte> bytes_;
  std::size_t levels_ = 0;
};

}  // namespace

std::vector<std::byte> parse_value(TextCursor& cursor, const Schema& schema, const TypedAs& as) {
  return ValueParser(cursor, schema, as).parse(Around::blanks);
}

std::vector<std::byte> parse_value(std::string_view text, const Schema& schema, const TypedAs& as) {
  TextCursor cursor(text);
  return parse_value_alone(cursor, schema, as);
}

std::vector<std::byte> parse_value_alone(TextCursor& cursor, const Schema& schema, const TypedAs& as) {
  auto bytes = ValueParser(cursor, schema, as).parse(Around::nothing);
  cursor.require_end();
  return bytes;
}

std::vector<std::byte> parse_value_in_brackets(TextCursor& cursor, const Schema& schema, const TypedAs& as) {
  return ValueParser(cursor, schema, as).parse(Around::brackets);
}

}  // namespace sonda
