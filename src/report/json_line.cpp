#include "report/json_line.h"

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

}  // namespace sonda::report
