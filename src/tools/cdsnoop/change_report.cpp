#include "tools/cdsnoop/change_report.h"

#include <fmt/format.h>

#include <array>
#include <clocale>
#include <cstring>
#include <ctime>
#include <type_traits>
#include <variant>

namespace sonda::cdsnoop {
namespace {

report::Cell cell_of(const std::optional<std::string>& text) { return text ? report::Cell(*text) : report::Cell(); }

}  // namespace

std::vector<report::Column> change_columns(bool date) {
  using report::data_only, report::json_only, report::text_only;
  constexpr std::size_t date_width = 11;
  return {{.key = "type", .in = json_only},
          {.header = "TIME", .key = "clock", .width = 8 + (date ? date_width : 0), .in = text_only},
          {.key = "time", .in = data_only},
          {.header = "PID", .key = "pid", .width = 8},
          {.key = "ppid", .in = data_only},
          {.key = "uid", .in = data_only},
          {.header = "PREV_DIR", .key = "prev_dir", .width = 24},
          {.header = "CURR_DIR", .key = "curr_dir", .width = 24},
          {.header = "COMM", .key = "comm", .in = text_only},
          {.key = "command", .in = data_only},
          {.key = "error", .in = data_only},
          {.key = "errno", .in = data_only},
          {.key = "builtin", .in = data_only}};
}

Schema change_schema() {
  constexpr std::uint32_t number = 1, text = 2, character = 3, real = 4;
  Schema schema{{{.kind = Kind::structure, .name = "row"},
                 {.kind = Kind::unsigned_integer, .name = "u64", .size = 8},
                 {.kind = Kind::array, .size = 1, .element = character, .count = 1},
                 {.kind = Kind::character, .name = "char", .size = 1},
                 {.kind = Kind::floating, .name = "double", .size = 8}}};
  ErrorTexts none;
  const auto columns = change_columns(false);
  const auto row = change_row({}, 0, false, none);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const bool is_number = std::holds_alternative<std::uint64_t>(row[i]),
               is_real = std::holds_alternative<double>(row[i]);
    schema.types.front().fields.push_back({.name = columns[i].key, .type = is_number ? number : is_real ? real : text});
  }
  return schema;
}

Value cell_value(const report::Cell& cell) {
  return std::visit(
      []<class Is>(const Is& is) -> Value {
        if constexpr (std::is_same_v<Is, std::monostate>)
          return Value(std::string());
        else
          return Value(is);
      },
      cell);
}

std::string clock_time(std::uint64_t time, bool date) {
  const auto seconds = static_cast<std::time_t>(time / 1'000'000'000);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), date ? "%F %T" : "%T", &parts)};
}

ErrorTexts::~ErrorTexts() {
  if (locale_ != nullptr) ::freelocale(static_cast<locale_t>(locale_));
}

std::string ErrorTexts::operator()(int error) {
  if (locale_ == nullptr) {
    auto* language = ::newlocale(LC_MESSAGES_MASK, "", nullptr);
    if (language == nullptr) language = ::newlocale(LC_ALL_MASK, "C", nullptr);
    auto* utf8 = language != nullptr ? ::newlocale(LC_CTYPE_MASK, "C.UTF-8", language) : nullptr;
    locale_ = utf8 != nullptr ? utf8 : language;
  }
  return locale_ != nullptr ? ::strerror_l(error, static_cast<locale_t>(locale_)) : fmt::format("errno {}", error);
}

report::Row change_row(const Change& change, std::uint64_t time, bool date, ErrorTexts& errors) {
  const auto reason = reason_of(change, change.error != 0 ? errors(change.error) : std::string());
  const auto command = command_of(change);
  const auto microseconds = time / 1000;
  using Number = std::uint64_t;
  return {"change",
          clock_time(time, date),
          static_cast<double>(microseconds) / 1e6,
          Number{change.pid},
          Number{change.ppid},
          Number{change.uid},
          cell_of(change.prev_dir),
          cell_of(change.curr_dir),
          reason ? fmt::format("{}: {}", command, *reason) : command,
          command,
          cell_of(reason),
          Number{static_cast<std::uint32_t>(change.failed() ? change.error : 0)},
          std::string(to_string(change.builtin))};
}

}  // namespace sonda::cdsnoop
