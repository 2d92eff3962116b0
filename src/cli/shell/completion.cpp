#include "cli/shell/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/text.h"
#include "source/attach_notation.h"

namespace sonda::shell {
namespace {

/// Those that go on from what is typed, each once.
Completion of(std::vector<std::string> all, std::string_view line, std::size_t from, bool more = false) {
  const auto typed = line.substr(from);
  std::erase_if(all, [&](const std::string& one) { return !one.starts_with(typed); });
  std::ranges::sort(all);
  const auto again = std::ranges::unique(all);
  all.erase(again.begin(), again.end());
  if (all.size() > Completer::most) {
    all.resize(Completer::most);
    more = true;
  }
  return {from, std::move(all), more};
}

Completion of(Found found, std::string_view line, std::size_t from) {
  return of(std::move(found.words), line, from, found.more);
}

template <class Function, class... Arguments>
auto ask(const Function& function, Arguments&&... arguments) -> decltype(function(arguments...)) {
  if (!function) return {};
  return function(std::forward<Arguments>(arguments)...);
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (const auto word : split(text, ' '))
    if (!word.empty()) words.emplace_back(word);
  return words;
}

const ShellCommand* command_of(std::string_view word) {
  const ShellCommand* found = nullptr;
  for (const auto& command : shell_commands()) {
    if (command.name == word) return &command;
    if (!command.name.starts_with(word)) continue;
    if (found != nullptr) return nullptr;
    found = &command;
  }
  return found;
}

std::vector<std::string> prefixed(std::string_view before, std::vector<std::string> words,
                                  std::string_view after = "") {
  for (auto& word : words) word.insert(0, before).append(after);
  return words;
}

/// "kprobe:" and the like.
std::vector<std::string> kinds_with_colons() {
  auto kinds = point_kind_names();
  for (auto& kind : kinds) kind += ':';
  return kinds;
}

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const auto& command : shell_commands()) names.emplace_back(command.name);
  return names;
}

}  // namespace

Completion Completer::complete(std::string_view line) const {
  const auto first = std::min(line.find_first_not_of(' '), line.size());
  const auto end = line.find(' ', first);
  if (end == line.npos) return of(command_names(), line, first);
  const auto* command = command_of(line.substr(first, end - first));
  if (command == nullptr) return {line.size(), {}, false};
  const auto from = line.rfind(' ') + 1;
  return argument(*command, line, from);
}

Completion Completer::argument(const ShellCommand& command, std::string_view line, std::size_t from) const {
  const auto words = words_of(line.substr(0, from));  // the whole ones, the command's name first
  const bool is_first = words.size() == 1;
  const auto typed = line.substr(from);
  const auto only_first = [&](std::vector<std::string> all) {
    return is_first ? of(std::move(all), line, from) : Completion{from, {}, false};
  };
  switch (command.completes) {
    case Completes::map:
      return map_argument(words, line, from);
    case Completes::buffer:
      return event_argument(words, line, from);
    case Completes::probe_files: {
      auto found = paths(typed);
      std::erase_if(found.words, [](const auto& path) { return !path.ends_with('/') && !path.ends_with(".c"); });
      if (typed.find('/') == typed.npos)
        std::ranges::move(ask(names_.probes, typed).words, std::back_inserter(found.words));
      return of(std::move(found), line, from);
    }
    case Completes::program:
      return is_first && typed.find('/') == typed.npos ? of(ask(names_.programs, typed), line, from)
                                                       : of(paths(typed), line, from);
    case Completes::file:
      return of(paths(typed), line, from);
    case Completes::point:
      return is_first ? point(line, from) : only_first({});
    case Completes::commands:
      return only_first(command_names());
    case Completes::open_files:
      return only_first(ask(names_.open_files));
    case Completes::link: {
      auto all = ask(names_.links);
      all.emplace_back("all");
      return only_first(std::move(all));
    }
    case Completes::list:
      return only_first({"programs", "links", "maps"});
    case Completes::parameter:
      return only_first(ask(names_.parameters));
    case Completes::function:
      return only_first(ask(names_.functions));
    case Completes::on_off:
      return only_first({"on", "off"});
    case Completes::nothing:
      break;
  }
  return {from, {}, false};
}

Completion Completer::map_argument(const std::vector<std::string>& words, std::string_view line,
                                   std::size_t from) const {
  if (words.size() == 1) return of(ask(names_.maps), line, from);
  if (words.size() == 2)
    return of(std::vector<std::string>{"all", "top", "hist", "get", "set", "delete", "clear", "watch"}, line, from);
  const bool column = (words[2] == "hist" && words.size() == 3) || (words[2] == "top" && words.back() == "by");
  if (column) return of(ask(names_.columns, words[1]), line, from);
  if (words[2] == "top" && words.size() <= 4) return of(std::vector<std::string>{"by"}, line, from);
  return {from, {}, false};
}

Completion Completer::event_argument(const std::vector<std::string>& words, std::string_view line,
                                     std::size_t from) const {
  const auto buffers = ask(names_.buffers);
  const auto named = std::ranges::find_first_of(words, buffers);
  const auto buffer = named != words.end() ? *named : buffers.size() == 1 ? buffers.front() : std::string();
  std::vector<std::string> all;
  if (named == words.end()) all = buffers;
  if (!buffer.empty()) std::ranges::move(ask(names_.fields, buffer), std::back_inserter(all));
  if (words.size() > 2) std::ranges::move(std::vector<std::string>{"and", "or", "not"}, std::back_inserter(all));
  return of(std::move(all), line, from);
}

Completion Completer::point(std::string_view line, std::size_t from) const {
  const auto typed = line.substr(from);
  if (const auto equals = typed.rfind('='); equals != typed.npos)
    return of(prefixed(typed.substr(0, equals + 1), ask(names_.functions)), line, from);
  const auto colon = typed.find(':');
  if (colon == typed.npos) {
    auto all = kinds_with_colons();
    std::ranges::move(ask(names_.functions), std::back_inserter(all));
    return of(std::move(all), line, from);
  }
  const auto kind = typed.substr(0, colon), rest = typed.substr(colon + 1), before = typed.substr(0, colon + 1);
  const auto give = [&](std::string_view in_front, Found found, std::string_view after = "") {
    return of(prefixed(in_front, std::move(found.words), after), line, from, found.more);
  };
  if (kind == "profile" || kind == "interval") return of(prefixed(before, {"hz:", "s:", "ms:", "us:"}), line, from);
  const auto inner = rest.find(':');
  const bool in_binary = kind == "uprobe" || kind == "uretprobe" || kind == "usdt";
  if (in_binary || kind == "cgroup") {
    if (inner != rest.npos)
      return give(typed.substr(0, colon + 1 + inner + 1),
                  ask(names_.points, kind, rest.substr(0, inner), rest.substr(inner + 1)));
    auto found = paths(rest);
    for (auto& path : found.words)
      if (in_binary && !path.ends_with('/')) path += ':';
    return give(before, std::move(found));
  }
  if (kind == "tracepoint" && inner == rest.npos) return give(before, ask(names_.tracepoint_categories, rest), ":");
  return give(before, ask(names_.points, kind, std::string_view(), rest));
}

Found paths(std::string_view prefix) {
  namespace fs = std::filesystem;
  Found found;
  const auto slash = prefix.rfind('/');
  const auto folder = slash == prefix.npos ? std::string_view() : prefix.substr(0, slash + 1);
  const auto begun = slash == prefix.npos ? prefix : prefix.substr(slash + 1);
  std::error_code failed;
  for (fs::directory_iterator entry(folder.empty() ? fs::path(".") : fs::path(folder), failed), end;
       !failed && entry != end; entry.increment(failed)) {
    const auto name = entry->path().filename().string();
    if (!name.starts_with(begun) || (begun.empty() && name.starts_with('.'))) continue;
    std::error_code unknown;
    found.words.push_back(std::string(folder) + name + (entry->is_directory(unknown) ? "/" : ""));
  }
  return found;
}

}  // namespace sonda::shell
