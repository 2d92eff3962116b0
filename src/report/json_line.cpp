#include "report/json_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/escape.h"

namespace sonda::report {
namespace {

// JSON escapes the C0 controls only. DEL, the C1 controls and bidirectional overrides would reach the terminal as they
// are; a line that has one is written in ASCII instead. Backslashes are JSON's own here, so they are left out of
// account.
bool harmless(const std::string& line) {
  if (std::ranges::all_of(line, [](char c) { return c >= 0x20 && c < 0x7f; })) return true;
  std::string bare = line;
  std::erase(bare, '\\');
  return escape_for_terminal(bare) == bare;
}

struct Append {
  std::string& line;

  void operator()(std::uint64_t number) const { line += fmt::to_string(number); }
  void operator()(std::int64_t number) const { line += fmt::to_string(number); }
  void operator()(bool truth) const { line += truth ? "true" : "false"; }
  void operator()(double number) const { append_json(line, number); }
  void operator()(const std::string& text) const { append_json(line, text); }
  void operator()(const Named& item) const {
    if (item.name.empty()) return (*this)(item.number);
    append_json(line, item.name);
  }
  void operator()(const List& list) const {
    line += '[';
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i != 0) line += ',';
      append_json(line, list[i]);
    }
    line += ']';
  }
  void operator()(const sonda::Fields& fields) const {
    line += '{';
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (i != 0) line += ',';
      append_json(line, fields[i].first);
      line += ':';
      append_json(line, fields[i].second);
    }
    line += '}';
  }
};

}  // namespace

std::string json_line(const Json& value) {
  auto line = value.dump();
  if (!harmless(line)) line = value.dump(-1, ' ', true);
  return line += '\n';
}

void append_json(std::string& line, std::string_view untrusted) {
  if (!is_plain(untrusted)) {
    line += json_line(to_valid_utf8(untrusted));
    line.pop_back();
    return;
  }
  line += '"';
  if (untrusted.find_first_of("\"\\") == untrusted.npos) {
    line += untrusted;
  } else {
    for (const char c : untrusted) {
      if (c == '"' || c == '\\') line += '\\';
      line += c;
    }
  }
  line += '"';
}

void append_json(std::string& line, double number) { line += Json(number).dump(); }

void append_json(std::string& line, const Value& value) { std::visit(Append{line}, value.storage()); }

}  // namespace sonda::report
