#include "tools/cdsnoop/change.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <clocale>
#include <cstring>
#include <ctime>
#include <numeric>
#include <type_traits>
#include <variant>

#include "sonda/error.h"

namespace sonda::cdsnoop {
namespace {

// As in the probe.
enum Text { text_prev, text_curr, text_command, text_format, text_first, text_second };
enum Flag : std::uint8_t { cut_prev = 1, cut_curr = 2, cut_command = 4, no_prev = 8, no_curr = 16 };

constexpr const char* ellipsis = "…";

/// The texts behind a row's head, one after the other.
class Texts {
 public:
  Texts(const RowHead& head, std::span<const std::byte> bytes) : head_(head), rest_(bytes) {}

  std::string take(Text which) {
    const auto length = head_.length[which];
    std::string text(reinterpret_cast<const char*>(rest_.data()), length);
    rest_ = rest_.subspan(length);
    return text;
  }

  std::optional<std::string> take_directory(Text which, Flag cut, Flag missing) {
    auto path = take(which);
    if (head_.flags & missing) return std::nullopt;
    if (head_.flags & cut) path += ellipsis;
    return path;
  }

 private:
  const RowHead& head_;
  std::span<const std::byte> rest_;
};

std::vector<std::string> words_in(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = std::min(text.find('\0'), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

void require_whole(const RowHead& head, std::size_t size) {
  const auto texts = std::accumulate(head.length.begin(), head.length.end(), std::size_t{0});
  if (head.builtin > static_cast<std::uint8_t>(bash::Builtin::popd) || size != sizeof head + texts)
    throw Error(Stage::read, "rows", fmt::format("a row of {} bytes does not hold what it says", size),
                "the probe and this program do not fit together");
}

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || byte >= 0x80 ||
         std::string_view("_-+=./:,@%^").find(c) != std::string_view::npos;
}

report::Cell cell_of(const std::optional<std::string>& text) { return text ? report::Cell(*text) : report::Cell(); }

}  // namespace

std::string_view to_string(bash::Builtin builtin) noexcept {
  constexpr std::string_view names[] = {"cd", "pushd", "popd"};
  return names[static_cast<std::size_t>(builtin)];
}

Change decode_change(std::span<const std::byte> bytes) {
  const auto head = from_bytes<RowHead>(bytes);
  require_whole(head, bytes.size());
  Texts texts(head, bytes.subspan(sizeof head));
  Change change;
  change.time = head.time;
  change.pid = head.pid;
  change.ppid = head.ppid;
  change.uid = head.uid;
  change.builtin = static_cast<bash::Builtin>(head.builtin);
  change.prev_dir = texts.take_directory(text_prev, cut_prev, no_prev);
  change.curr_dir = texts.take_directory(text_curr, cut_curr, no_curr);
  change.words = words_in(texts.take(text_command));
  change.words_missing = (head.flags & cut_command) != 0;
  change.status = head.status;
  change.format = texts.take(text_format);
  change.first = texts.take(text_first);
  change.second = texts.take(text_second);
  // Where bash puts an errno into words, it does so at the end: "%s: readonly variable" is not one.
  if (change.format.empty() || change.format.ends_with("%s")) change.error = head.error;
  return change;
}

std::string quote_for_shell(const std::string& word) {
  if (!word.empty() && std::ranges::all_of(word, is_plain)) return word;
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  }
  return quoted += '\'';
}

std::string command_of(const Change& change) {
  std::string text(to_string(change.builtin));
  for (const auto& word : change.words) text += ' ' + quote_for_shell(word);
  if (change.words_missing) text += std::string(" ") + ellipsis;
  return text;
}

std::string fill_in(std::string_view format, const std::string& first, const std::string& second) {
  std::string text;
  int next = 1;
  while (!format.empty()) {
    const auto argument = [&](std::string_view name, int number) {
      if (!format.starts_with(name)) return false;
      format.remove_prefix(name.size());
      text += number == 1 ? first : number == 2 ? second : std::string("%s");
      return true;
    };
    if (argument("%s", next)) {
      ++next;
    } else if (!argument("%1$s", 1) && !argument("%2$s", 2)) {
      if (format.starts_with("%%")) format.remove_prefix(1);
      text += format.front();
      format.remove_prefix(1);
    }
  }
  return text;
}

std::optional<std::string> reason_of(const Change& change, const std::string& error_text) {
  if (!change.failed()) return std::nullopt;
  if (change.format.empty()) {
    if (change.error != 0) return error_text;
    return fmt::format("failed with status {}", change.status & 0xff);
  }
  if (change.error != 0) {
    // "DIRECTORY: REASON", and the directory stands in the command already; or "write error: REASON".
    return change.format == "%s: %s" ? error_text : fill_in(change.format, error_text, change.second);
  }
  return fill_in(change.format, change.first, change.second);
}

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
