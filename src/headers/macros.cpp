#include "headers/macros.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "kernel/arch.h"

namespace sonda {
namespace {

/// The name at the start of `text`; empty if there is none.
std::string_view leading_name(std::string_view text) {
  if (!is_name(text)) return {};
  std::size_t length = 1;
  while (length < text.size() && continues_identifier(text[length])) ++length;
  return text.substr(0, length);
}

/// A logical line: continuations joined, comments gone. A comment that goes on ends it.
std::string without_comments(std::string_view line) {
  std::string result;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto rest = line.substr(i);
    if (rest.starts_with("//")) break;
    if (rest.starts_with("/*")) {
      const auto end = line.find("*/", i + 2);
      if (end == std::string_view::npos) break;
      i = end + 1;
      result += ' ';
    } else if (rest.starts_with("\\\n")) {
      ++i;
      result += ' ';
    } else {
      result += rest.front();
    }
  }
  return std::string(trim(result));
}

/// The end of the logical line that starts at `at`.
std::size_t logical_line_end(std::string_view text, std::size_t at) {
  for (;;) {
    const auto end = text.find('\n', at);
    if (end == std::string_view::npos) return text.size();
    if (end == 0 || text[end - 1] != '\\') return end;
    at = end + 1;
  }
}

/// What `text` defines the macro `name` as; empty if it does not.
std::string definition_in(std::string_view text, std::string_view name) {
  for (std::size_t at = 0; (at = text.find(name, at)) != std::string_view::npos; at += name.size()) {
    const auto line = text.rfind('\n', at) + 1;  // npos + 1 is 0
    auto before = trim(text.substr(line, at - line));
    const auto after = at + name.size();
    if (!before.starts_with('#') || after >= text.size() || continues_identifier(text[after])) continue;
    before = trim(before.substr(1));
    if (before == "define") return without_comments(text.substr(after, logical_line_end(text, at) - after));
  }
  return {};
}

/// Those of `definitions` (name to text) that `names` holds, and all that their texts name, each before its first use;
/// without those in `defined`. The views are of the definitions' own names.
template <class Definitions>
std::vector<std::string_view> closure_of(const Definitions& definitions, const NameSet& names, const NameSet& defined) {
  std::vector<std::string_view> result;
  NameSet seen;
  const auto visit = [&](const auto& self, std::string_view name) -> void {
    const auto found = definitions.find(name);
    if (found == definitions.end() || defined.contains(name) || !seen.insert(name).second) return;
    for (const auto needed : identifiers(found->second)) self(self, needed);
    result.push_back(found->first);
  };
  std::vector<std::string_view> sorted(names.begin(), names.end());
  std::ranges::sort(sorted);
  for (const auto name : sorted) visit(visit, name);
  return result;
}

}  // namespace

void MacroLibrary::add(std::string text, bool only_constants) {
  const std::string_view view = texts_.emplace_back(std::move(text));
  for (std::size_t at = 0; at < view.size();) {
    const auto end = logical_line_end(view, at);
    auto line = trim(view.substr(at, end - at));
    at = end + 1;
    if (line.starts_with('#')) {
      line = trim(line.substr(1));
      if (line.starts_with("define ") || line.starts_with("define\t")) add_define(trim(line.substr(7)), only_constants);
    } else if (only_constants) {
      add_enumerator(line);
    }
  }
}

void MacroLibrary::add_file(const std::filesystem::path& path, bool only_constants) {
  if (auto text = try_read_file(path, 4UL << 20)) add(std::move(*text), only_constants);
}

void MacroLibrary::add_define(std::string_view line, bool only_constants) {
  const auto name = leading_name(line);
  if (name.empty() || (only_constants && !is_constant_name(name)) || macros_.contains(name)) return;
  auto definition = without_comments(line);
  const auto body = trim(std::string_view(definition).substr(name.size()));
  // Of a header with conditions an empty definition is a guard or one for another case.
  if ((!body.empty() || !only_constants) && body != name) macros_.emplace(name, std::move(definition));
}

void MacroLibrary::add_enumerator(std::string_view line) {
  const auto name = leading_name(line);
  if (name.empty() || !is_constant_name(name) || macros_.contains(name)) return;
  const auto rest = trim(line.substr(name.size()));
  if (!rest.starts_with('=')) return;
  const auto value = trim(std::string_view(rest).substr(1, rest.find_first_of(",/", 1) - 1));
  if (parse_u64(value)) macros_.emplace(name, fmt::format("{} {}", name, value));
}

std::vector<std::string_view> MacroLibrary::closure(const NameSet& names, const NameSet& defined) const {
  return closure_of(macros_, names, defined);
}

std::vector<std::filesystem::path> user_space_headers(const std::vector<std::string_view>& includes) {
  const std::filesystem::path root = "/usr/include";
  const auto of_arch = root / arch::multiarch / "asm";
  std::vector<std::filesystem::path> files;
  for (auto name : includes) {
    if (name.starts_with("uapi/")) name.remove_prefix(5);
    if (name.find("..") != std::string_view::npos) continue;
    if (name.starts_with("linux/")) files.push_back(root / name);
    if (name.starts_with("asm/")) {
      files.push_back(of_arch / name.substr(4));
      files.push_back(root / "asm-generic" / name.substr(4));
    }
  }
  for (const char* name : {"fcntl", "signal", "stat", "mman"}) files.push_back(of_arch / fmt::format("{}.h", name));
  for (const char* name : {"errno-base", "errno", "fcntl", "socket", "signal", "mman-common", "mman"})
    files.push_back(root / "asm-generic" / fmt::format("{}.h", name));
  for (const char* name : {"limits", "stat", "in", "in6", "ip", "ipv6", "tcp", "udp", "icmp", "if_ether", "if_arp",
                           "if_packet", "fcntl", "sched", "bpf_common"})
    files.push_back(root / "linux" / fmt::format("{}.h", name));
  return files;
}

bool is_constant_name(std::string_view name) {
  return std::none_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

std::vector<std::filesystem::path> headers_that_define(const NameSet& names) {
  namespace fs = std::filesystem;
  const fs::path root = "/usr/include";
  std::vector<fs::path> files, result;
  for (const auto& folder : {root / "linux", root / "asm-generic", root / arch::multiarch / "asm"}) {
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
      if (entry->path().extension() == ".h") files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  struct Found {
    fs::path file;
    std::string definition;
    bool agreed = true;
  };
  std::unordered_map<std::string_view, Found> found;
  for (const auto& file : files) {
    const auto text = try_read_file(file, 4UL << 20).value_or("");
    for (const auto name : names) {
      auto definition = definition_in(text, name);
      if (definition.empty()) continue;
      const auto [place, is_new] = found.try_emplace(name, file, definition);
      if (!is_new && place->second.definition != definition) place->second.agreed = false;
    }
  }
  for (const auto& [name, of_name] : found)
    if (of_name.agreed) result.push_back(of_name.file);
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

FunctionLibrary::FunctionLibrary(std::string text) : text_(std::move(text)) {
  std::string_view name, before;
  const char* begin = nullptr;
  int depth = 0;
  for (const auto& [token, directive] : tokenise(text_)) {
    if (directive) continue;
    if (depth == 0 && token == "static") begin = token.data(), name = {};
    if (depth == 0 && token == "(" && name.empty()) name = before;
    if (token == "(" || token == "{") ++depth;
    if (token == ")" || token == "}") --depth;
    if (depth == 0 && token == "}" && begin != nullptr && is_name(name)) {
      functions_.emplace(name, std::string_view(begin, static_cast<std::size_t>(token.data() + 1 - begin)));
      begin = nullptr;
    }
    before = token;
  }
}

std::vector<std::string_view> FunctionLibrary::closure(const NameSet& names, const NameSet& defined) const {
  return closure_of(functions_, names, defined);
}

}  // namespace sonda
