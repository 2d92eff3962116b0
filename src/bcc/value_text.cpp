#include "bcc/value_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <system_error>

namespace sonda::bcc {
namespace {

/// A type at a place of the value. Bit fields have a size in bits.
struct Part {
  std::uint32_t type = 0;
  std::size_t offset = 0;  // bytes; of a bit field, of its first byte
  std::uint32_t first_bit = 0, bits = 0;
};

bool is_text(const Schema& schema, const Type& array) {
  const auto& element = schema.types[array.element];
  return element.size == 1 && element.kind != Kind::structure && element.kind != Kind::union_;
}

Part part_of(const Field& field, std::size_t offset) {
  return {field.type, offset + field.bit_offset / 8, field.bit_offset % 8, field.bit_size};
}

/// LLVM, whose structs BCC writes, has of a union the member with most bytes.
const Field* shown_member(const Schema& schema, const Type& type) {
  const auto larger = [&](const Field& a, const Field& b) {
    return schema.types[a.type].size < schema.types[b.type].size;
  };
  const auto largest = std::ranges::max_element(type.fields, larger);
  return largest == type.fields.end() ? nullptr : &*largest;
}

/// What a struct or a union is written as.
std::vector<Part> parts_of(const Schema& schema, const Type& type, std::size_t offset) {
  std::vector<Part> parts;
  if (type.kind == Kind::union_) {
    if (const auto* member = shown_member(schema, type)) parts.push_back(part_of(*member, offset));
    return parts;
  }
  for (const auto& field : type.fields) parts.push_back(part_of(field, offset));
  return parts;
}

std::size_t bytes_of(const Schema& schema, const Part& part) {
  return part.bits == 0 ? schema.types[part.type].size : (part.first_bit + part.bits + 7) / 8;
}

std::uint64_t mask(std::uint32_t bits) { return bits >= 64 ? ~0UL : (1UL << bits) - 1; }

class ValueWriter {
 public:
  ValueWriter(const Schema& schema, std::span<const std::byte> value) : schema_(schema), value_(value) {}

  void write(const Part& part) {
    const auto& type = schema_.types[part.type];
    switch (type.kind) {
      case Kind::structure:
      case Kind::union_:
        text_ += "{ ";
        for (const auto& each : parts_of(schema_, type, part.offset)) {
          write(each);
          text_ += ' ';
        }
        text_ += '}';
        return;
      case Kind::array:
        return write_array(type, part.offset);
      default:
        return write_number(part);
    }
  }
  std::string take() { return std::move(text_); }

 private:
  void write_array(const Type& type, std::size_t offset) {
    if (is_text(schema_, type)) {
      text_ += '"';
      for (std::size_t i = 0; i < type.count && value_[offset + i] != std::byte{}; ++i)
        text_ += std::to_integer<char>(value_[offset + i]);
      text_ += '"';
      return;
    }
    text_ += "[ ";
    for (std::size_t i = 0; i < type.count; ++i) {
      write({.type = type.element, .offset = offset + i * schema_.types[type.element].size});
      text_ += ' ';
    }
    text_ += ']';
  }

  void write_number(const Part& part) {
    const auto size = bytes_of(schema_, part);
    if (size > sizeof(std::uint64_t)) {  // __int128, floating, what nothing describes
      text_ += "0x";
      for (std::size_t i = size; i-- > 0;)
        text_ += fmt::format("{:02x}", std::to_integer<int>(value_[part.offset + i]));
      return;
    }
    std::uint64_t number = 0;
    std::memcpy(&number, value_.data() + part.offset, size);
    if (part.bits != 0) number = number >> part.first_bit & mask(part.bits);
    text_ += fmt::format("0x{:x}", number);
  }

  const Schema& schema_;
  std::span<const std::byte> value_;
  std::string text_;
};

class ValueReader {
 public:
  ValueReader(const Schema& schema, std::string_view text) : schema_(schema), left_(text), value_(schema.size()) {}

  bool read(const Part& part) {
    const auto& type = schema_.types[part.type];
    switch (type.kind) {
      case Kind::structure:
      case Kind::union_:
        if (!take('{')) return false;
        for (const auto& each : parts_of(schema_, type, part.offset))
          if (!read(each)) return false;
        return take('}');
      case Kind::array:
        return read_array(type, part.offset);
      default:
        return read_number(part);
    }
  }
  bool at_end() {
    skip_blanks();
    return left_.empty();
  }
  std::vector<std::byte> take_value() { return std::move(value_); }

 private:
  void skip_blanks() { left_.remove_prefix(std::min(left_.find_first_not_of(" \t\n"), left_.size())); }

  bool take(char wanted) {
    skip_blanks();
    if (!left_.starts_with(wanted)) return false;
    left_.remove_prefix(1);
    return true;
  }

  bool read_array(const Type& type, std::size_t offset) {
    if (is_text(schema_, type)) return read_text(type, offset);
    if (!take('[')) return false;
    for (std::size_t i = 0; i < type.count; ++i)
      if (!read({.type = type.element, .offset = offset + i * schema_.types[type.element].size})) return false;
    return take(']');
  }

  bool read_text(const Type& type, std::size_t offset) {
    if (!take('"')) return false;
    const auto end = left_.find('"');
    if (end == left_.npos) return false;
    const auto length = std::min<std::size_t>(end, type.count);
    std::memcpy(value_.data() + offset, left_.data(), length);
    left_.remove_prefix(end + 1);
    return true;
  }

  bool read_number(const Part& part) {
    const auto size = bytes_of(schema_, part);
    if (size > sizeof(std::uint64_t)) return false;
    const bool negative = take('-');
    if (!negative) skip_blanks();
    int base = 10;
    if (left_.starts_with("0x") || left_.starts_with("0X")) {
      base = 16;
      left_.remove_prefix(2);
    } else if (left_.starts_with('0')) {
      base = 8;
    }
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(left_.data(), left_.data() + left_.size(), number, base);
    if (error != std::errc()) return false;
    left_.remove_prefix(static_cast<std::size_t>(end - left_.data()));
    store(part, size, negative ? 0 - number : number);
    return true;
  }

  void store(const Part& part, std::size_t size, std::uint64_t number) {
    if (part.bits != 0) {
      std::uint64_t there = 0;
      std::memcpy(&there, value_.data() + part.offset, size);
      const auto field = mask(part.bits) << part.first_bit;
      number = (there & ~field) | (number << part.first_bit & field);
    }
    std::memcpy(value_.data() + part.offset, &number, size);
  }

  const Schema& schema_;
  std::string_view left_;
  std::vector<std::byte> value_;
};

}  // namespace

std::string value_text(const Schema& schema, std::span<const std::byte> value) {
  if (schema.empty()) return {};
  ValueWriter writer(schema, value);
  writer.write({});
  return writer.take();
}

std::optional<std::vector<std::byte>> parse_value_text(const Schema& schema, std::string_view text) {
  if (schema.empty()) return std::nullopt;
  ValueReader reader(schema, text);
  if (!reader.read({}) || !reader.at_end()) return std::nullopt;
  return reader.take_value();
}

}  // namespace sonda::bcc
