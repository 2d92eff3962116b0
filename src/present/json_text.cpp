#include "present/json_text.h"

#include <fmt/format.h>

#include "report/json_line.h"

namespace sonda::present {
namespace {

struct Append {
  std::string& line;

  void operator()(std::uint64_t number) const { line += fmt::to_string(number); }
  void operator()(std::int64_t number) const { line += fmt::to_string(number); }
  void operator()(bool truth) const { line += truth ? "true" : "false"; }
  void operator()(double number) const { report::append_json(line, number); }
  void operator()(const std::string& text) const { report::append_json(line, text); }
  void operator()(const Named& item) const {
    if (item.name.empty()) return (*this)(item.number);
    report::append_json(line, item.name);
  }
  void operator()(const List& list) const {
    line += '[';
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i != 0) line += ',';
      append_json(line, list[i]);
    }
    line += ']';
  }
  void operator()(const Fields& fields) const {
    line += '{';
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (i != 0) line += ',';
      report::append_json(line, fields[i].first);
      line += ':';
      append_json(line, fields[i].second);
    }
    line += '}';
  }
};

}  // namespace

void append_json(std::string& line, const Value& value) { std::visit(Append{line}, value.storage()); }

}  // namespace sonda::present
