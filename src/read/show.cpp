#include "read/show.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstring>
#include <ctime>
#include <span>

#include "read/place.h"
#include "read/stacks.h"
#include "source/show_kinds.h"

namespace sonda {
namespace {

constexpr std::int64_t second = 1'000'000'000;

std::int64_t nanoseconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return now.tv_sec * second + now.tv_nsec;
}

std::string address_text(int family, std::span<const std::byte> bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(family, bytes.data(), text.data(), text.size());
  return text.data();
}

bool is_scalar(const RecordView& field) {
  const auto kind = field.type().kind;
  return kind != Kind::array && kind != Kind::bytes && kind != Kind::structure && kind != Kind::union_;
}

std::string ipv4_text(const RecordView& field) {
  if (!is_scalar(field)) return address_text(AF_INET, field.bytes());
  const auto raw = static_cast<std::uint32_t>(field.u64());
  return address_text(AF_INET, std::as_bytes(std::span(&raw, 1)));
}

std::string port_text(const RecordView& field) {
  std::uint16_t raw = 0;
  if (is_scalar(field))
    raw = static_cast<std::uint16_t>(field.u64());
  else
    std::memcpy(&raw, field.bytes().data(), sizeof raw);
  return fmt::to_string(ntohs(raw));
}

std::string hex_text(const RecordView& field) {
  if (is_scalar(field)) {
    const auto size = field.type().size;
    return fmt::format("{:#x}", field.u64() & (size >= 8 ? ~0ULL : (1ULL << (8 * size)) - 1));
  }
  return to_hex(field.bytes());
}

std::string stack_text(const RecordView& field, const ShowBeside& beside, ShowResources& resources) {
  std::string text;
  for (const auto& frame : show_stack(stack_id(field), beside, resources)) {
    if (!text.empty()) text += " < ";
    text += frame.name;
  }
  return text;
}

std::string list_text(Show as, const RecordView& field, const ShowBeside& beside, ShowResources& resources) {
  std::string text = "[";
  for (std::size_t i = 0; i < field.type().count; ++i) {
    if (i != 0) text += ", ";
    text += show(as, field[i], beside, resources);
  }
  return text + "]";
}

std::string user_symbol(std::uint64_t address, const ShowBeside& beside, ShowResources& resources) {
  return to_text(beside.pid ? resources.processes.find(*beside.pid, address) : SymbolAt{}, address);
}

// A number in the unit that leaves one to three digits before its point.
template <std::size_t Units>
std::string in_units(double number, double step, const std::array<std::string_view, Units>& units) {
  std::size_t unit = 0;
  while (unit + 1 < Units && std::abs(number) >= step - (unit == 0 ? 0 : 0.05)) {
    number /= step;
    ++unit;
  }
  return unit == 0 ? fmt::format("{:.0f} {}", number, units[0]) : fmt::format("{:.1f} {}", number, units[unit]);
}

std::string amount_text(Show as, const RecordView& field) {
  const auto& kind = kind_of(as);
  const bool negative = is_signed(field.type()) && field.i64() < 0;
  const auto amount = in_base_units(negative ? 0 - field.u64() : field.u64(), kind.factor);
  return (negative ? "-" : "") + (kind.unit == "ns" ? show_duration(amount) : show_bytes(amount));
}

std::string show_number(Show as, const RecordView& field, const ShowBeside& beside, ShowResources& resources) {
  switch (as) {
    case Show::stack:
      return stack_text(field, beside, resources);
    case Show::ksym:
      return to_text(resources.kernel.find(field.u64()), field.u64());
    case Show::usym:
      return user_symbol(field.u64(), beside, resources);
    case Show::time:
      return show_time(field.u64(), resources.boot_time);
    default:
      return kind_of(as).has_names ? to_text(in_base_units(as, field.value(), resources)) : amount_text(as, field);
  }
}

}  // namespace

// bpf_get_current_pid_tgid() has the process's id in its upper half.
pid_t pid_in(std::uint64_t number) noexcept { return static_cast<pid_t>((number >> 32) != 0 ? number >> 32 : number); }

std::int64_t ShowResources::clock_offset() { return nanoseconds(CLOCK_REALTIME) - nanoseconds(CLOCK_MONOTONIC); }

std::optional<pid_t> pid_beside(const RecordView& record) {
  for (const auto* name : {"tgid", "pid"}) {
    const auto field = record.find(name);
    if (field && is_number(field->type().kind) && field->type().size <= sizeof(std::uint64_t))
      return pid_in(field->u64());
  }
  return std::nullopt;
}

std::string show(Show as, const RecordView& field, const ShowBeside& beside, ShowResources& resources) {
  const auto& type = field.type();
  const bool many = type.kind == Kind::array && type.count != 0;
  if (!is_showable(as, type, many ? &field[0].type() : nullptr)) {
    if (!many) refuse_showable(as, type, "value");
    return list_text(as, field, beside, resources);
  }
  switch (as) {
    case Show::ipv4:
      return ipv4_text(field);
    case Show::ipv6:
      return address_text(AF_INET6, field.bytes());
    case Show::port:
      return port_text(field);
    case Show::hex:
      return hex_text(field);
    default:
      return show_number(as, field, beside, resources);
  }
}

std::string show_time(std::uint64_t boot_nanoseconds, std::int64_t boot_time) {
  // Unsigned: what a program calls a time may be any number.
  const auto since_epoch = static_cast<std::int64_t>(static_cast<std::uint64_t>(boot_time) + boot_nanoseconds);
  const auto rest = (since_epoch % second + second) % second;
  const std::time_t seconds = since_epoch / second - (since_epoch % second < 0 ? 1 : 0);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  return fmt::format("{:02}:{:02}:{:02}.{:06}", local.tm_hour, local.tm_min, local.tm_sec, rest / 1000);
}

std::string show_duration(std::uint64_t nanoseconds) {
  static constexpr std::array<std::string_view, 4> units{"ns", "us", "ms", "s"};
  return in_units(static_cast<double>(nanoseconds), 1000, units);
}

std::string show_bytes(std::uint64_t bytes) {
  static constexpr std::array<std::string_view, 7> units{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  return in_units(static_cast<double>(bytes), 1024, units);
}

}  // namespace sonda
