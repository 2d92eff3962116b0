// Where the names that completion offers come from.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include "attach/here/points_here.h"
#include "base/text.h"
#include "cli/shell/completion.h"
#include "present/map_report.h"

namespace sonda::shell {
namespace {

constexpr auto most = Completer::most;

Found begun(const std::vector<std::string>& sorted, std::string_view prefix) {
  Found found;
  for (auto at = std::ranges::lower_bound(sorted, prefix); at != sorted.end() && at->starts_with(prefix); ++at) {
    if (found.words.size() == most) return {std::move(found.words), true};
    found.words.push_back(*at);
  }
  return found;
}

/// The names of things, as `name`, a member or a function, gives them.
template <class Things, class Name>
std::vector<std::string> names_in(const Things& things, Name name) {
  std::vector<std::string> names;
  for (const auto& thing : things) names.emplace_back(std::invoke(name, thing));
  return names;
}

/// What was read once of the machine. Whatever cannot be read has no names.
class MachineNames {
 public:
  Found points(std::string_view kind, std::string_view place, std::string_view prefix) {
    return begun(kept(kind, place), prefix);
  }

  Found categories(std::string_view prefix) {
    if (categories_.empty())
      for (const auto& point : kept("tracepoint", "")) {
        const auto category = point.substr(0, point.find(':'));
        if (categories_.empty() || categories_.back() != category) categories_.push_back(category);
      }
    return begun(categories_, prefix);
  }

  Found programs(std::string_view prefix) {
    if (programs_.empty()) {
      const char* path = std::getenv("PATH");
      std::set<std::string> names;
      for (const auto folder : split(path == nullptr ? "/usr/bin:/bin" : path, ':')) {
        std::error_code failed;
        for (std::filesystem::directory_iterator entry(folder, failed), end; !failed && entry != end;
             entry.increment(failed))
          names.insert(entry->path().filename().string());
      }
      programs_.assign(names.begin(), names.end());
    }
    return begun(programs_, prefix);
  }

 private:
  const std::vector<std::string>& kept(std::string_view kind, std::string_view place) {
    const auto before = fmt::format("{}:{}{}", kind, place, place.empty() ? "" : ":");
    if (const auto there = points_.find(before); there != points_.end()) return there->second;
    std::vector<std::string> names;
    try {
      for (auto& point : here_.find(kind, std::string(place))) {
        if (!point.point.starts_with(before)) continue;
        // The period of an event is the user's to choose.
        const bool is_counter = kind == "software" || kind == "hardware";
        names.push_back(is_counter ? point.name + ':' : point.point.substr(before.size()));
      }
    } catch (const Error&) {
      // no such kind here, or no such binary: no names
    }
    std::ranges::sort(names);
    return points_.emplace(before, std::move(names)).first->second;
  }

  PointsHere here_;
  std::map<std::string, std::vector<std::string>> points_;
  std::vector<std::string> programs_, categories_;
};

std::vector<std::string> fields_of(Workspace& workspace, const std::string& buffer) {
  const auto& event = workspace.map(buffer).map.spec().event;
  if (event.empty()) return {};
  auto names = names_in(event.types.front().fields, &Field::name);
  std::erase(names, std::string());
  return names;
}

std::vector<std::string> columns_of(Workspace& workspace, const std::string& map) {
  const auto found = workspace.map(map);
  const present::MapView view;
  return present::MapReport(found.map, found.file.probe.source(), found.file.probe.loaded(), workspace.resources(),
                            workspace.output(), view)
      .column_names();
}

Found probe_names(std::string_view prefix) {
  auto names = names_in(named_probes(), &NamedProbe::name);
  std::ranges::sort(names);
  return begun(names, prefix);
}

}  // namespace

CompletionNames names_of(Workspace& workspace) {
  auto machine = std::make_shared<MachineNames>();
  return {
      .open_files = [&workspace] { return names_in(workspace.files(), &OpenFile::name); },
      .functions = [&workspace] { return workspace.function_names(); },
      .maps = [&workspace] { return workspace.map_names(); },
      .buffers = [&workspace] { return workspace.buffer_names(); },
      .parameters =
          [&workspace] {
            std::vector<std::string> names;
            for (const auto& file : workspace.files())
              for (const auto& parameter : file.probe.source().parameters()) names.push_back(parameter.name);
            return names;
          },
      .links =
          [&workspace] {
            std::vector<std::string> names;
            for (const auto& link : workspace.links()) {
              names.push_back(std::to_string(link.number));
              names.push_back(link.link->function());
            }
            return names;
          },
      .columns = [&workspace](const std::string& map) { return columns_of(workspace, map); },
      .fields = [&workspace](const std::string& buffer) { return fields_of(workspace, buffer); },
      .programs = [machine](std::string_view prefix) { return machine->programs(prefix); },
      .probes = probe_names,
      .tracepoint_categories = [machine](std::string_view prefix) { return machine->categories(prefix); },
      .points = [machine](std::string_view kind, std::string_view place,
                          std::string_view prefix) { return machine->points(kind, place, prefix); },
  };
}

}  // namespace sonda::shell
