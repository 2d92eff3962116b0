#include "present/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/escape.h"

namespace sonda::present {
namespace {

struct Append {
  std::string& line;

  bool operator()(std::uint64_t number) const { return plain(fmt::format_int(number)); }
  bool operator()(std::int64_t number) const { return plain(fmt::format_int(number)); }
  bool operator()(bool truth) const {
    line += truth ? "true" : "false";
    return true;
  }
  bool operator()(double) const { return false; }
  bool operator()(const Named& item) const {
    return item.name.empty() ? (*this)(item.number) : append_json(line, item.name);
  }
  bool operator()(const std::string& text) const { return append_json(line, text); }
  bool operator()(const List& list) const {
    line += '[';
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i != 0) line += ',';
      if (!append_json(line, list[i])) return false;
    }
    line += ']';
    return true;
  }
  bool operator()(const Fields& fields) const {
    line += '{';
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (i != 0) line += ',';
      if (!append_json(line, fields[i].first)) return false;
      line += ':';
      if (!append_json(line, fields[i].second)) return false;
    }
    line += '}';
    return true;
  }

 private:
  bool plain(const fmt::format_int& digits) const {
    line.append(digits.data(), digits.size());
    return true;
  }
};

}  // namespace

bool append_json(std::string& line, std::string_view text) {
  if (!is_plain(text)) return false;
  line += '"';
  if (text.find_first_of("\"\\") == text.npos) {
    line += text;
  } else {
    for (const char c : text) {
      if (c == '"' || c == '\\') line += '\\';
      line += c;
    }
  }
  line += '"';
  return true;
}

bool append_json(std::string& line, const Value& value) { return std::visit(Append{line}, value.storage()); }

}  // namespace sonda::present
