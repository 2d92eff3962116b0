#include "attach/here/user_points.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "attach/find_binary.h"
#include "attach/here/binaries.h"
#include "base/text.h"
#include "sonda/error.h"

namespace sonda {
namespace {

/// The colon before the last part of "PATH:ns::f"; npos if there is none.
std::size_t last_colon(std::string_view text) {
  auto colon = text.rfind(':');
  while (colon != text.npos && colon > 0 && text[colon - 1] == ':') colon = text.substr(0, colon - 1).rfind(':');
  return colon;
}

std::string all_if_empty(std::string_view pattern) { return pattern.empty() ? "*" : std::string(pattern); }

std::vector<PointHere> user_functions(const std::string& pattern, pid_t pid, bool on_return) {
  const bool quoted = pattern.size() > 1 && pattern.ends_with('"');
  const auto colon = quoted ? pattern.find(":\"") : last_colon(pattern);
  const auto binary = pattern.substr(0, colon);
  auto wanted = all_if_empty(colon == pattern.npos ? "" : pattern.substr(colon + 1));
  if (quoted && wanted.size() > 1) wanted = wanted.substr(1, wanted.size() - 2);
  const auto file = open_binary(binary, pid, pattern);
  if (file.names().empty())
    throw Error(Stage::attach, pattern, "the binary has no symbols: it is stripped", "install its debug symbols");
  std::vector<PointHere> found;
  for (auto& name : probed_functions(file)) {
    const auto readable = demangle(name);
    if (!matches_pattern(wanted, name) && !matches_pattern(wanted, readable)) continue;
    PointHere here;
    here.point = to_string(Uprobe{binary, Symbol{name, 0}, on_return, pid});
    here.prototype = Prototype{.declaration = readable == name ? "" : readable, .returns = {}, .arguments = {}};
    here.name = std::move(name);
    found.push_back(std::move(here));
  }
  return found;
}

/// The marks of one binary; `binary` is what the points call it.
class MarkSearch {
 public:
  /// The pattern is "PATH", "PATH:NAME" or "PATH:PROVIDER:NAME"; in place of the path it may have a process's number.
  MarkSearch(const std::string& pattern, pid_t pid) : pattern_(pattern), pid_(pid) {
    const auto first = pattern.find(':', pattern.find('/') == pattern.npos ? 0 : pattern.rfind('/'));
    binary_ = pattern.substr(0, first);
    if (first == pattern.npos) return;
    const auto rest = pattern.substr(first + 1);
    const auto second = rest.find(':');
    if (second != rest.npos) provider_ = all_if_empty(rest.substr(0, second));
    name_ = all_if_empty(second == rest.npos ? rest : rest.substr(second + 1));
  }

  std::vector<PointHere> find() {
    const auto process = parse_u64(binary_);
    if (!process) {
      look_into(binary_);
      return std::move(found_);
    }
    if (*process > std::numeric_limits<pid_t>::max())
      throw Error(Stage::usage, pattern_, fmt::format("'{}' is no pid", binary_));
    pid_ = static_cast<pid_t>(*process);
    for (const auto& path : binaries_of_process(pid_, pattern_)) {
      try {
        look_into(path);
      } catch (const Error&) {
        continue;  // it maps much: what is deleted by now, and what is no ELF file
      }
    }
    return std::move(found_);
  }

 private:
  void look_into(const std::string& binary) {
    for (auto& mark : marks_in(open_binary(binary, pid_, pattern_)))
      if (matches_pattern(provider_, mark.provider) && matches_pattern(name_, mark.name))
        found_.push_back({.name = mark.name,
                          .point = to_string(Usdt{binary, mark.provider, mark.name, pid_}),
                          .prototype = std::move(mark.arguments)});
  }

  const std::string& pattern_;
  pid_t pid_;
  std::string binary_, provider_ = "*", name_ = "*";
  std::vector<PointHere> found_;
};

}  // namespace

std::vector<PointHere> points_of_binary(std::string_view kind, const std::string& pattern, pid_t pid) {
  if (pattern.empty())
    throw Error(Stage::usage, std::string(kind), "the binary's path is missing",
                fmt::format("written {}:PATH:PATTERN, e.g. {}", kind,
                            kind == "usdt" ? "usdt:libstdc++.so.6:*" : "uprobe:/bin/bash:read*"));
  if (kind == "usdt") return MarkSearch(pattern, pid).find();
  return user_functions(pattern, pid, kind == "uretprobe");
}

}  // namespace sonda
