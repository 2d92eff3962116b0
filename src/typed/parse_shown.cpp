// What `@show` prints, read back.
#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ctime>

#include "base/text.h"
#include "source/show_kinds.h"
#include "typed/parse_number.h"

namespace sonda {
namespace {

constexpr std::string_view word_ends = " \t,}])";

constexpr std::int64_t second_in_ns = 1'000'000'000;

std::vector<std::byte> number_bytes(std::uint64_t number, std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size && i < sizeof number; ++i) bytes[i] = static_cast<std::byte>(number >> (8 * i));
  return bytes;
}

struct Unit {
  std::string_view name;
  double factor = 1;
};
constexpr std::array<Unit, 4> durations{{{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}}};
constexpr std::array<Unit, 7> sizes{
    {{"B", 1}, {"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30}, {"TiB", 0x1p40}, {"PiB", 0x1p50}, {"EiB", 0x1p60}}};

/// One field that is read.
class Shown {
 public:
  Shown(TextCursor& cursor, const Type& type, const std::string& name)
      : cursor_(cursor), type_(type), name_(name), from_(cursor.at()) {}

  std::vector<std::byte> number(std::string_view expected = {}) {
    const NumberRange range{.bits = std::min(type_.size, 8U) * 8, .is_signed = is_signed(type_)};
    const auto value = parse_number(cursor_.up_to(word_ends), range);
    if (!value) refuse(expected.empty() ? range.text() : std::string(expected));
    return number_bytes(*value, type_.size);
  }

  std::vector<std::byte> address(int family, std::string_view example) {
    const std::string word(cursor_.up_to(" \t,}])"));
    std::array<std::byte, 16> bytes{};
    if (::inet_pton(family, word.c_str(), bytes.data()) != 1) refuse(fmt::format("an address, such as {}", example));
    return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(type_.size)};
  }

  std::vector<std::byte> port() {
    const auto value = parse_number(cursor_.up_to(word_ends), {.bits = 16});
    if (!value) refuse("a port, a whole number from 0 to 65535");
    return number_bytes(htons(static_cast<std::uint16_t>(*value)), type_.size);
  }

  std::vector<std::byte> hex() {
    if (type_.kind != Kind::array && type_.kind != Kind::bytes) return number();
    auto bytes = parse_hex_bytes(cursor_.up_to(word_ends), type_.size);
    if (!bytes) refuse(fmt::format("{} hexadecimal digits", 2 * type_.size));
    return *bytes;
  }

  /// "EACCES", or the number. What is signed has errors below 0, as functions return them.
  std::vector<std::byte> named(Show as, const ShowKind& kind) {
    const auto from = cursor_.at();
    const auto value = number_named(as, cursor_.up_to(word_ends));
    if (value && (type_.size >= sizeof *value || *value >> (8 * type_.size) == 0))
      return number_bytes(as == Show::error && is_signed(type_) ? 0 - *value : *value, type_.size);
    cursor_.go_to(from);
    return number(fmt::format("{}, or its name", kind.takes));
  }

  /// "12.3 us": a plain number is in the field's own unit, and exact.
  std::vector<std::byte> quantity(std::span<const Unit> units, const ShowKind& kind, std::string_view expected) {
    const auto text = cursor_.rest();
    const auto digits = text.substr(0, text.find_first_not_of("+-.0123456789"));
    const auto behind = text.substr(digits.size());
    const auto word = trim(behind.substr(0, behind.find_first_of(",}])")));
    const auto unit = std::ranges::find(units, word.substr(0, word.find_first_of(" \t")), &Unit::name);
    if (unit == units.end()) return number(expected);
    double value = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    value = std::round(value * unit->factor / static_cast<double>(kind.factor));
    const int bits = static_cast<int>(std::min(type_.size, 8U) * 8);
    const double most = std::ldexp(1, is_signed(type_) ? bits - 1 : bits), least = is_signed(type_) ? -most : 0;
    if (digits.empty() || error != std::errc{} || stop != digits.data() + digits.size() || value < least ||
        value >= most)
      refuse(std::string(expected));
    cursor_.go_to(static_cast<std::size_t>(word.data() - cursor_.text().data()) + unit->name.size());
    const auto whole = value < 0 ? 0 - static_cast<std::uint64_t>(-value) : static_cast<std::uint64_t>(value);
    return number_bytes(whole, type_.size);
  }

  /// The last time that the clock showed it.
  std::vector<std::byte> time(std::int64_t boot_time) {
    const auto word = cursor_.up_to(word_ends);
    if (const auto raw = parse_number(word, {})) return number_bytes(*raw, type_.size);
    const auto since_midnight = time_of_day(word);
    if (!since_midnight) refuse("a time of day, such as 12:30:00.5, or nanoseconds since boot");
    const auto now = std::time(nullptr);
    std::tm day{};
    ::localtime_r(&now, &day);
    day.tm_hour = day.tm_min = day.tm_sec = 0;
    day.tm_isdst = -1;
    auto moment = static_cast<std::int64_t>(std::mktime(&day)) * second_in_ns + *since_midnight;
    if (moment > (static_cast<std::int64_t>(now) + 1) * second_in_ns) moment -= std::int64_t{24} * 3600 * second_in_ns;
    return number_bytes(static_cast<std::uint64_t>(moment - boot_time), type_.size);
  }

  /// "name+0x12 [module]", "name", or an address.
  std::vector<std::byte> kernel_address(ShowResources* resources) {
    const auto word = cursor_.up_to(word_ends);
    skip_module();
    if (const auto raw = parse_number(word, {})) return number_bytes(*raw, type_.size);
    const auto plus = word.find('+');
    const auto offset = plus == word.npos ? std::optional<std::uint64_t>(0) : parse_number(word.substr(plus + 1), {});
    const auto start = resources == nullptr ? std::nullopt : resources->kernel.address_of(word.substr(0, plus));
    if (!start || !offset) refuse("a function of the kernel, such as vfs_read+0x12, or an address");
    return number_bytes(*start + *offset, type_.size);
  }

 private:
  [[noreturn]] void refuse(const std::string& expected) const {
    const auto text = cursor_.text().substr(from_);
    const auto got = std::string(trim(text.substr(0, text.find_first_of(",}])"))));
    throw cursor_.error(from_, name_.empty() ? "value" : name_,
                        fmt::format("expected {}{}", expected, got.empty() ? "" : ", not '" + got + "'"));
  }

  void skip_module() {
    const auto before = cursor_.at();
    if (!cursor_.take('[')) return;
    cursor_.up_to("]");
    if (!cursor_.take(']')) cursor_.go_to(before);
  }

  /// Nanoseconds.
  static std::optional<std::int64_t> time_of_day(std::string_view word) {
    const auto parts = split(word, ':');
    if (parts.size() != 3 || parts[0].empty() || parts[2].empty()) return std::nullopt;
    const auto hours = parse_u64(parts[0]), minutes = parse_u64(parts[1]);
    double seconds = 0;
    const auto *begin = parts[2].data(), *end = begin + parts[2].size();
    const auto [stop, error] = std::from_chars(begin, end, seconds, std::chars_format::fixed);
    if (!hours || !minutes || *hours > 23 || *minutes > 59 || error != std::errc{} || stop != end || seconds < 0 ||
        seconds >= 61)
      return std::nullopt;
    const auto whole = static_cast<std::int64_t>(*hours * 3600 + *minutes * 60) * second_in_ns;
    return whole + std::llround(seconds * 1e6) * 1000;
  }

  TextCursor& cursor_;
  const Type& type_;
  const std::string& name_;
  std::size_t from_;
};

}  // namespace

std::vector<std::byte> parse_shown(Show as, TextCursor& cursor, const Type& type, const std::string& name,
                                   ShowResources* resources) {
  Shown shown(cursor, type, name);
  const auto& kind = kind_of(as);
  if (kind.unit == "bytes") return shown.quantity(sizes, kind, "a size, such as 1.2 MiB, or a number of it");
  if (kind.factor != 0) return shown.quantity(durations, kind, "a duration, such as 12.3 us, or a number of it");
  if (as == Show::ipv4) return shown.address(AF_INET, "127.0.0.1");
  if (as == Show::ipv6) return shown.address(AF_INET6, "fe80::1");
  if (as == Show::port) return shown.port();
  if (as == Show::hex) return shown.hex();
  if (as == Show::time) return shown.time(resources == nullptr ? ShowResources::clock_offset() : resources->boot_time);
  if (as == Show::ksym) return shown.kernel_address(resources);
  if (as == Show::stack) return shown.number("the id of a stack, a whole number");
  if (as == Show::comm) return shown.number("a pid: it is shown as the name of its process");
  if (as == Show::usym) return shown.number("an address: it is shown as the function that is there");
  return as == Show::dev || as == Show::cgroup ? shown.number(kind.takes) : shown.named(as, kind);
}

}  // namespace sonda
