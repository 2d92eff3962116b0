#include "cli/shell/commands.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace sonda::shell {
namespace {

constexpr auto table = std::to_array<ShellCommand>({
    {.name = "load",
     .arguments = "FILE...",
     .summary = "Compile probe files and make their maps",
     .details = "FILE is a path, or the name of a probe that is installed. Nothing is attached.",
     .example = "load opens.c",
     .completes = Completes::probe_files,
     .body = load_command},
    {.name = "attach",
     .arguments = "[FUNCTION | POINT=FUNCTION]",
     .summary = "Attach what the files say, or a function at a point",
     .details = "Without arguments: everything that is not attached yet. With a function: where its\n"
                "file says. POINT is what stands after @attach in a probe file.",
     .example = "attach\nattach tracepoint:syscalls:sys_enter_openat=on_open",
     .completes = Completes::point,
     .body = attach_command},
    {.name = "detach",
     .arguments = "N | FUNCTION | all",
     .summary = "Detach a link, all of a function, or everything",
     .details = "N is the number that 'list links' shows. Maps keep their data.",
     .example = "detach 2\ndetach all",
     .completes = Completes::link,
     .body = detach_command},
    {.name = "list",
     .arguments = "[programs | links | maps]",
     .summary = "Show what is loaded and attached, with runs and their cost",
     .details = "RUNS and NS/RUN count from 'attach' or the last 'reload'; they need 'stats on'.",
     .example = "list\nlist maps",
     .completes = Completes::list,
     .body = list_command},
    {.name = "map",
     .arguments = "NAME [all | top [N] [by COLUMN] | hist [COLUMN] | get KEY | set KEY VALUE | delete KEY | clear | "
                  "watch [SECONDS [TIMES]]]",
     .summary = "Show a map, look at entries, change them",
     .details = "Keys and values are typed as they are shown: fields parted by blanks, or {a=1, b=2};\n"
                "an array is [1, 2]. Numbers may begin with 0x, 0o, 0b; text with blanks is quoted.\n"
                "Of a map with a value for each CPU, one value is for all, and [1, 2] for each.\n"
                "On a terminal as many rows are shown as fit; 'all' shows all. 'hist' draws how\n"
                "large the values are. 'watch' shows it again and again, until Ctrl-C.",
     .example = "map counts top 10 by pid\nmap counts get 4711\nmap counts set 4711 {packets=0, bytes=0}",
     .completes = Completes::map,
     .body = map_command},
    {.name = "events",
     .arguments = "[-n COUNT] [-d SECONDS] [BUFFER] [CONDITION]",
     .summary = "Show events: those that were kept, then as they come",
     .details = "Until Ctrl-C, or after so many events or seconds. What buffers send while the prompt\n"
                "waits is kept, up to 65536 events or 16 MiB; what does not fit is counted as lost.\n"
                "A condition compares fields with ==, !=, <, <=, >, >=, and text with ~ \"PATTERN\";\n"
                "and, or, not and parentheses join them. Values are typed as they are shown.",
     .example = "events\nevents opens result < 0 and comm == \"cat\"\nevents -n 5 opens took > 1.5 ms",
     .completes = Completes::buffer,
     .body = events_command},
    {.name = "run",
     .arguments = "COMMAND [ARGUMENT...]",
     .summary = "Start a command, show events while it runs, then its exit status",
     .details = "Its first instruction is seen, too. Ctrl-C goes to the command.",
     .example = "run ls -l /",
     .completes = Completes::program,
     .body = run_command},
    {.name = "reload",
     .arguments = "[FILE]",
     .summary = "Take a file as it is now, while its programs run",
     .details = "Attached programs are exchanged in one step; maps whose layout did not change keep\n"
                "their data. If the file has an error, nothing changes.",
     .example = "reload",
     .completes = Completes::open_files,
     .body = reload_command},
    {.name = "edit",
     .arguments = "[FILE]",
     .summary = "Edit a file with $VISUAL or $EDITOR, then reload it",
     .details = "",
     .example = "edit",
     .completes = Completes::open_files,
     .body = edit_command},
    {.name = "set",
     .arguments = "[PARAMETER VALUE]",
     .summary = "Give a parameter of the file another value, and reload with it",
     .details = "Without arguments: the parameters and their values.",
     .example = "set\nset MIN_BYTES 4096",
     .completes = Completes::parameter,
     .body = set_command},
    {.name = "source",
     .arguments = "FUNCTION",
     .summary = "Show a function's text",
     .details = "",
     .example = "source on_open",
     .completes = Completes::function,
     .saved = false,
     .body = source_command},
    {.name = "explain",
     .arguments = "[FUNCTION]",
     .summary = "Show what the machine made of a function, beside its source",
     .details = "Each line with its BPF and native instructions, and what the verifier knew there; of\n"
                "one that the kernel refuses, the way to that. Without FUNCTION: all of the file.",
     .example = "explain on_open",
     .completes = Completes::function,
     .saved = false,
     .body = explain_command},
    {.name = "stats",
     .arguments = "[on | off]",
     .summary = "Whether the kernel measures how long programs run",
     .details = "On to begin with. Measuring costs some 20 to 50 ns a run, for every program of the\n"
                "machine.",
     .example = "stats off",
     .completes = Completes::on_off,
     .body = stats_command},
    {.name = "unload",
     .arguments = "[FILE]",
     .summary = "Detach a file's programs and forget its maps",
     .details = "",
     .example = "unload opens.c",
     .completes = Completes::open_files,
     .body = unload_command},
    {.name = "save",
     .arguments = "FILE",
     .summary = "Write this session's commands as a script",
     .details = "'sonda shell < FILE' replays it. Commands that failed are left out. Only a file that\n"
                "'save' has written is overwritten.",
     .example = "save opens.sonda",
     .completes = Completes::file,
     .saved = false,
     .body = save_command},
    {.name = "help",
     .arguments = "[COMMAND]",
     .summary = "Show the commands, or all about one",
     .details = "",
     .example = "help map",
     .completes = Completes::commands,
     .saved = false,
     .body = help_command},
    {.name = "quit",
     .arguments = "",
     .summary = "Detach everything and leave; Ctrl-D does the same",
     .details = "",
     .example = "quit",
     .completes = Completes::nothing,
     .saved = false,
     .body = quit_command},
});

struct Alias {
  std::string_view name, command;
};
constexpr std::array<Alias, 3> aliases{{{"exit", "quit"}, {"?", "help"}, {"ls", "list"}}};

}  // namespace

std::span<const ShellCommand> shell_commands() { return table; }

const ShellCommand& find_command(const std::string& word, const Arguments& arguments) {
  std::string_view wanted = word;
  if (const auto alias = std::ranges::find(aliases, wanted, &Alias::name); alias != aliases.end())
    wanted = alias->command;
  std::vector<std::string> all, begun;
  const ShellCommand* found = nullptr;
  for (const auto& command : table) {
    if (command.name == wanted) return command;
    all.emplace_back(command.name);
    if (!command.name.starts_with(wanted)) continue;
    begun.emplace_back(command.name);
    found = &command;
  }
  if (begun.size() == 1) return *found;
  if (begun.size() > 1) throw arguments.error(word, "several commands begin so", join(begun, ", "));
  throw arguments.error(word, "there is no such command", did_you_mean(word, all, "help lists the commands"));
}

}  // namespace sonda::shell
