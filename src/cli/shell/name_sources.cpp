// Where the names that completion offers come from.
#include <net/if.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include "attach/find_binary.h"
#include "base/text.h"
#include "cli/shell/completion.h"
#include "elf/symbols.h"
#include "elf/usdt_notes.h"
#include "kernel/tracefs.h"
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

/// What was read once of binaries and tracefs. Whatever cannot be read has no names.
class MachineNames {
 public:
  Found functions_of(std::string_view binary, std::string_view prefix) {
    return begun(
        kept(functions_, binary, [](const ElfFile& file) { return names_in(file.functions(), &ElfFunction::name); }),
        prefix);
  }

  Found marks_of(std::string_view binary, std::string_view prefix) {
    const auto mark = [](const UsdtNote& note) { return note.provider + ":" + note.name; };
    return begun(kept(marks_, binary, [&](const ElfFile& file) { return names_in(usdt_notes(file), mark); }), prefix);
  }

  Found categories(std::string_view prefix) { return begun(events("events"), prefix); }
  Found tracepoints(std::string_view category, std::string_view prefix) {
    if (category.find('/') != category.npos) return {};
    return begun(events("events/" + std::string(category)), prefix);
  }
  Found raw_tracepoints(std::string_view prefix) {
    auto& all = folders_["*"];
    if (all.empty()) {
      std::set<std::string> names;
      for (const auto& category : events("events"))
        for (const auto& name : events("events/" + category)) names.insert(name);
      all.assign(names.begin(), names.end());
    }
    return begun(all, prefix);
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
  using Kept = std::map<std::string, std::vector<std::string>, std::less<>>;

  template <class Read>
  static const std::vector<std::string>& kept(Kept& known, std::string_view binary, Read read) {
    if (const auto there = known.find(binary); there != known.end()) return there->second;
    std::vector<std::string> names;
    try {
      names = read(open_binary(std::string(binary), all_pids, std::string(binary)));
    } catch (const Error&) {
      // no binary, no names
    }
    std::ranges::sort(names);
    const auto again = std::ranges::unique(names);
    names.erase(again.begin(), again.end());
    return known.emplace(std::string(binary), std::move(names)).first->second;
  }

  const std::vector<std::string>& events(const std::string& folder) {
    const auto there = folders_.find(folder);
    if (there != folders_.end()) return there->second;
    std::vector<std::string> names;
    try {
      names = Tracefs().list(folder);
    } catch (const Error&) {
      // no tracefs, no names
    }
    return folders_.emplace(folder, std::move(names)).first->second;
  }

  Kept functions_, marks_, folders_;
  std::vector<std::string> programs_;
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

Found interfaces(std::string_view prefix) {
  std::vector<std::string> names;
  auto* const all = ::if_nameindex();
  for (auto* one = all; one != nullptr && one->if_index != 0; ++one) names.emplace_back(one->if_name);
  if (all != nullptr) ::if_freenameindex(all);
  std::ranges::sort(names);
  return begun(names, prefix);
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
      .kernel_functions =
          [&workspace](std::string_view prefix) {
            auto names = workspace.resources().kernel.starting_with(prefix, most + 1);
            const bool more = names.size() > most;
            if (more) names.pop_back();
            return Found{std::move(names), more};
          },
      .raw_tracepoints = [machine](std::string_view prefix) { return machine->raw_tracepoints(prefix); },
      .interfaces = interfaces,
      .programs = [machine](std::string_view prefix) { return machine->programs(prefix); },
      .probes = probe_names,
      .tracepoints = [machine](std::string_view category,
                               std::string_view prefix) { return machine->tracepoints(category, prefix); },
      .tracepoint_categories = [machine](std::string_view prefix) { return machine->categories(prefix); },
      .functions_of = [machine](std::string_view binary,
                                std::string_view prefix) { return machine->functions_of(binary, prefix); },
      .marks_of = [machine](std::string_view binary,
                            std::string_view prefix) { return machine->marks_of(binary, prefix); },
  };
}

}  // namespace sonda::shell
