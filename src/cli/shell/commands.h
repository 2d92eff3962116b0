// The commands of the shell.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "cli/shell/arguments.h"
#include "cli/shell/workspace.h"

namespace sonda::shell {

/// What can stand where.
enum class Completes : std::uint8_t {
  nothing,
  commands,
  probe_files,
  open_files,
  point,
  link,
  list,
  map,
  buffer,
  parameter,
  program,
  function,
  on_off,
  file
};

struct ShellCommand {
  std::string_view name;
  std::string_view arguments;  ///< as help shows them
  std::string_view summary;    ///< one line
  std::string_view details;    ///< one paragraph, whatever its lines; may be empty
  std::string_view example;    ///< a line each
  Completes completes = Completes::nothing;
  bool saved = true;  ///< `save` writes it
  void (*body)(Workspace&, Arguments&) = nullptr;
};

/// In the order in which help lists them.
std::span<const ShellCommand> shell_commands();
/// By name, alias or the beginning of one name only. Throws Error(Stage::usage) with a caret.
const ShellCommand& find_command(const std::string& word, const Arguments& arguments);

// Bodies. They throw Error.
void load_command(Workspace& workspace, Arguments& arguments);
void unload_command(Workspace& workspace, Arguments& arguments);
void reload_command(Workspace& workspace, Arguments& arguments);
void edit_command(Workspace& workspace, Arguments& arguments);
void set_command(Workspace& workspace, Arguments& arguments);
void attach_command(Workspace& workspace, Arguments& arguments);
void detach_command(Workspace& workspace, Arguments& arguments);
void list_command(Workspace& workspace, Arguments& arguments);
void stats_command(Workspace& workspace, Arguments& arguments);
void map_command(Workspace& workspace, Arguments& arguments);
void events_command(Workspace& workspace, Arguments& arguments);
void run_command(Workspace& workspace, Arguments& arguments);
void source_command(Workspace& workspace, Arguments& arguments);
void explain_command(Workspace& workspace, Arguments& arguments);
void save_command(Workspace& workspace, Arguments& arguments);
void help_command(Workspace& workspace, Arguments& arguments);
void quit_command(Workspace& workspace, Arguments& arguments);

}  // namespace sonda::shell
