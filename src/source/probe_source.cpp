// Finding probe files and reading one.
#include "sonda/probe_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "base/locations.h"
#include "base/text.h"
#include "source/at_comments.h"
#include "source/at_line.h"

namespace sonda {
namespace {

namespace fs = std::filesystem;

std::string_view without_comment_marks(std::string_view line) {
  line = trim(line);
  if (line.ends_with("*/")) line.remove_suffix(2);
  line.remove_prefix(std::min(line.find_first_not_of("/*"), line.size()));
  return trim(line);
}

/// Of the comment that `text` begins with, the first line that says something; empty if it begins otherwise.
std::string_view first_comment_line(std::string_view text) {
  const auto start = trim(text);
  if (!start.starts_with("//") && !start.starts_with("/*")) return {};
  for (const auto line : split_lines(start.substr(0, start.starts_with("/*") ? start.find("*/") : start.npos)))
    if (const auto said = without_comment_marks(line); !said.empty()) return said;
  return {};
}

namespace fs = std::filesystem;

/// Whether something is there, be it readable or not; nothing is in a folder that may not be looked into.
bool is_there(const fs::path& path) {
  std::error_code failed;
  const auto type = fs::symlink_status(path, failed).type();
  return type != fs::file_type::not_found && type != fs::file_type::none;
}

/// "NAME  what it is", a line each.
std::string listed(const std::vector<NamedProbe>& probes) {
  std::size_t width = 0;
  for (const auto& probe : probes) width = std::max(width, probe.name.size());
  std::string lines;
  for (const auto& probe : probes) {
    const auto about = probe.about();
    lines +=
        about.empty() ? fmt::format("  {}\n", probe.name) : fmt::format("  {:<{}}  {}\n", probe.name, width, about);
  }
  return lines;
}

Error not_found(const std::string& name, const std::vector<SearchFolder>& folders) {
  std::vector<std::string> looked, names;
  for (const auto& one : folders) looked.push_back(one.folder.string());
  const auto probes = named_probes(folders);
  for (const auto& probe : probes) names.push_back(probe.name);
  const std::string otherwise =
      is_there(name + ".c") ? fmt::format("for the file in this folder say ./{}.c", name)
                            : "give the path of a probe file, or set SONDA_PROBE_PATH to the folder that holds it";
  Error error(Stage::source, name,
              looked.empty() ? "there is no folder to look for probes in" : "no such probe in " + join(looked, ", "),
              did_you_mean(name, names, otherwise));
  return probes.empty() ? error : error.with_excerpt("there are:\n" + listed(probes));
}

struct Found {
  fs::path path;
  std::string origin;
};

Found find_probe(const std::string& name, const std::vector<SearchFolder>& folders) {
  if (name.empty()) throw Error(Stage::source, "''", "a probe has a name", "give the name or the path of a probe");
  if (name.find('\0') != name.npos) throw Error(Stage::source, name, "a name holds no NUL");
  if (name.find('/') != name.npos || name.ends_with(".c")) return {name, "path"};
  for (const auto& entry : folders)
    if (auto path = entry.folder / (name + ".c"); is_there(path)) return {std::move(path), entry.origin};
  throw not_found(name, folders);
}

void require_text(const std::string& name, const std::string& text) {
  if (text.size() > largest_probe)
    throw Error(Stage::source, name, fmt::format("it is larger than {} bytes, the most that is read", largest_probe));
  if (const auto nul = text.find('\0'); nul != text.npos)
    throw ProbeText(name, text)
        .error(std::string_view(text).substr(nul), "there is a NUL byte, so this is no C source", {});
}

}  // namespace

// Nothing is asked of a file that others may have put there for root to read.
std::string NamedProbe::about() const {
  if (!untrusted_because(path, TrustedOwners::root_and_sudo_user).empty()) return {};
  const auto text = try_read_file(path, largest_probe);
  if (!text) return {};
  auto line = first_comment_line(*text);
  if (const auto own_name = path.filename().string() + ":"; line.starts_with(own_name))
    line = trim(line.substr(own_name.size()));
  return std::string(line);
}

std::vector<SearchFolder> probe_search_path() {
  std::vector<SearchFolder> folders;
  if (const char* chosen = ::secure_getenv("SONDA_PROBE_PATH"); chosen != nullptr)
    for (const auto part : split(chosen, ':'))
      if (!part.empty()) folders.push_back({part, "SONDA_PROBE_PATH"});
  if (const auto config = user_config()) folders.push_back({*config / "probes", "user configuration"});
  folders.push_back({installed_probes(), "installed"});
  if (auto tree = build_tree_probes()) folders.push_back({std::move(*tree), "build tree"});
  folders.push_back({installed_examples(), "example"});
  return folders;
}

std::vector<NamedProbe> named_probes(const std::vector<SearchFolder>& folders) {
  std::vector<NamedProbe> probes;
  for (const auto& one : folders) {
    const auto before = probes.size();
    std::error_code failed;
    for (fs::directory_iterator entry(one.folder, failed), end; !failed && entry != end; entry.increment(failed)) {
      const auto& path = entry->path();
      const auto name = path.stem().string();
      if (path.extension() == ".c" && std::ranges::find(probes, name, &NamedProbe::name) == probes.end())
        probes.push_back({name, path, one.origin});
    }
    std::sort(probes.begin() + static_cast<std::ptrdiff_t>(before), probes.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
  }
  return probes;
}

std::string to_string(const SourceLocation& at) {
  auto text = at.file;
  if (at.line > 0) text += fmt::format(":{}", at.line);
  if (at.line > 0 && at.column > 0) text += fmt::format(":{}", at.column);
  return text;
}

ProbeSource ProbeSource::open(const std::string& name, const std::vector<SearchFolder>& folders) {
  auto found = find_probe(name, folders);
  require_trusted(found.path);
  auto source = from_text(found.path.string(), read_file(found.path, Stage::source, largest_probe));
  std::error_code failed;
  source.path_ = fs::absolute(found.path, failed).lexically_normal();
  if (failed) throw Error(Stage::source, found.path.string(), "the current folder cannot be told");
  source.origin_ = std::move(found.origin);
  return source;
}

ProbeSource ProbeSource::from_text(std::string name, std::string text) {
  require_text(name, text);
  auto comments = read_at_comments(name, text);
  ProbeSource source;
  source.name_ = std::move(name);
  source.origin_ = "memory";
  source.text_ = std::move(text);
  source.parameters_ = std::move(comments.parameters);
  source.attachments_ = std::move(comments.attachments);
  source.map_options_ = std::move(comments.map_options);
  source.event_types_ = std::move(comments.event_types);
  source.show_options_ = std::move(comments.show_options);
  source.hidden_maps_ = std::move(comments.hidden_maps);
  source.tail_calls_ = std::move(comments.tail_calls);
  source.map_entries_ = std::move(comments.map_entries);
  source.quiet_lines_ = std::move(comments.quiet_lines);
  return source;
}

ProbeSource ProbeSource::plain(std::string name, std::string text, const fs::path& folder) {
  require_text(name, text);
  ProbeSource source;
  source.path_ = folder / fs::path(name).filename();
  source.name_ = std::move(name);
  source.origin_ = "memory";
  source.text_ = std::move(text);
  return source;
}

ProbeSource ProbeSource::with_text(std::string text) const {
  auto changed = *this;
  changed.text_ = std::move(text);
  return changed;
}

void ProbeSource::set(std::string_view name, std::string_view value) {
  const auto parameter = std::ranges::find(parameters_, name, &Parameter::name);
  if (parameter == parameters_.end()) {
    std::vector<std::string> names;
    names.reserve(parameters_.size());
    for (const auto& known : parameters_) names.push_back(known.name);
    auto otherwise = names.empty() ? "it has no parameters" : "its parameters are " + join(names, ", ");
    throw Error(Stage::source, name_, fmt::format("it has no parameter '{}'", name),
                did_you_mean(name, names, std::move(otherwise)));
  }
  if (!is_c_value(value) && value != pid_variable)
    throw Error(Stage::source, fmt::format("{}: {}", name_, name),
                fmt::format("'{}' cannot be its value: it is not one token of C", value),
                "a value is one number, name, string or character");
  parameter->value = value;
}

const MapOption* ProbeSource::map_option(std::string_view map) const noexcept {
  const auto option = std::ranges::find(map_options_, map, &MapOption::map);
  return option == map_options_.end() ? nullptr : &*option;
}

bool ProbeSource::wants_process() const noexcept {
  return std::ranges::any_of(attachments_, [](const auto& attachment) { return !attachment.wants_pid.empty(); }) ||
         std::ranges::any_of(parameters_, [](const auto& parameter) { return parameter.value == pid_variable; });
}

void ProbeSource::set_process(pid_t pid, std::optional<pid_t> in_kernel) {
  for (auto& attachment : attachments_)
    if (const auto text = std::exchange(attachment.wants_pid, {}); !text.empty())
      attachment.point = parse_attach_point(with_pid(text, pid));
  for (auto& parameter : parameters_)
    if (parameter.value == pid_variable) parameter.value = std::to_string(in_kernel.value_or(pid));
}

void ProbeSource::set(std::string_view assignment) {
  const auto equals = assignment.find('=');
  if (equals == assignment.npos)
    throw Error(Stage::source, std::string(assignment), "a parameter is set with NAME=VALUE");
  set(trim(assignment.substr(0, equals)), trim(assignment.substr(equals + 1)));
}

}  // namespace sonda
