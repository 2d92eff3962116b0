#include "cli/import/import.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <span>

#include "base/escape.h"
#include "base/files.h"
#include "base/locations.h"
#include "base/text.h"
#include "bcc/recorder/record_line.h"
#include "cli/import/package.h"
#include "cli/import/probe_text.h"
#include "cli/import/recorded_tool.h"
#include "cli/import/recording.h"
#include "cli/import/shows.h"
#include "front/bcc_tools.h"
#include "front/command_line.h"
#include "sonda/compile.h"
#include "sonda/error.h"

namespace sonda::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view standard_output = "-";

/// The recorder's library and its Python, beside the library by which tools run.
fs::path recorder_folder() {
  auto folder = bcc_library_folder().parent_path() / "bcc-import";
  std::error_code none;
  if (!fs::exists(folder / "libbcc.so.0", none) || !fs::exists(folder / "record.py", none))
    throw Error(Stage::usage, folder.string(), "the recorder for BCC's Python is not there", "install Sonda whole");
  return folder;
}

/// The tool by its interpreter, with the recorder's Python before it.
std::vector<std::string> recorded_words(const fs::path& script, const ImportOptions& options, const fs::path& folder) {
  auto words = front::interpreter_of(script);
  if (words.size() < 2)
    throw Error(Stage::usage, script.string(), "it is no Python program: nothing tells what it attaches");
  front::require_bcc_module(words.front());
  const auto program = words.back();
  words.back() = (folder / "record.py").string();
  if (options.no_fentry) words.emplace_back("--no-fentry");
  words.push_back(program);
  words.insert(words.end(), options.arguments.begin(), options.arguments.end());
  return words;
}

/// What a tool said of why it ended: the compiler's first word, or the last one of its own.
std::string reason(const ToolRun& tool) {
  std::string last = "it said nothing";
  for (const auto line : split_lines(trim(tool.said).empty() ? tool.printed : tool.said)) {
    if (line.starts_with("compile: ")) return std::string(line);
    if (!trim(line).empty()) last = trim(line);
  }
  return last;
}

/// What to do about a tool that ended too early.
std::string what_to_do(const ToolRun& tool) {
  if (tool.said.find("not traceable") != tool.said.npos)
    return "with --absent functions that this kernel lacks count as present";
  return "-v shows what it said; what it needs follows --, as in `sonda import funccount -- vfs_read`";
}

/// The text that the file is made of. Throws Error if there is none, or if the tool ended before it had attached all.
const RecordedText& worth_a_file(front::Run& run, const Recording& recording, const ToolRun& tool,
                                 const std::string& name) {
  for (const auto* said : {&tool.printed, &tool.said})
    for (const auto line : split_lines(*said)) run.explain(line);
  const auto* text = chosen_text(recording);
  if (text == nullptr && tool.timed_out) throw Error(Stage::usage, name, "it loads nothing, and does not end");
  const bool has_failed = !recording.waited && !tool.timed_out && tool.status != 0;
  if (text == nullptr || has_failed)
    throw Error(Stage::usage, name,
                fmt::format("it ended with status {} before it waited: {}", tool.status, reason(tool)),
                what_to_do(tool));
  if (tool.timed_out) run.warn(fmt::format("{}: it was ended: it did not come to wait in a way that is known", name));
  return *text;
}

/// Those by which the file would be another.
std::string own_options(const ImportOptions& options) {
  std::vector<std::string> words;
  if (options.absent) words.emplace_back("--absent");
  if (options.no_fentry) words.emplace_back("--no-fentry");
  return join(words, " ");
}

std::size_t others_that_attach(const Recording& recording, const RecordedText& chosen) {
  return static_cast<std::size_t>(std::ranges::count_if(
      recording.texts, [&](const auto& text) { return &text != &chosen && !text.attached.empty(); }));
}

bool is_in_kernel(const RecordedText& text) {
  return std::ranges::all_of(text.attached, [](const auto& one) {
    return one.point.starts_with("kprobe:") || one.point.starts_with("kretprobe:");
  });
}

/// The file as compiled, to see types by. Whatever is wrong costs the `@show` lines, and is told.
std::vector<FieldShow> shows_for(front::Run& run, const std::string& name, const std::string& file,
                                 const RecordedText& text) {
  try {
    CompileOptions options;
    for (const auto& flag : text.flags)
      if (!flag.starts_with("-D")) options.flags.push_back(flag);
    return shows_of(compile(ProbeSource::from_text(name, file), options), text.text, is_in_kernel(text));
  } catch (const Error& error) {
    run.report(error, name);
    return {};
  }
}

void write_file(front::Run& run, const std::string& path, const std::string& text) {
  if (path == standard_output) return run.output().write(text);
  replace_file(path, std::as_bytes(std::span(text)), Stage::report, for_everybody);
  run.explain(fmt::format("written: {}", path));
}

/// What the recorder finds in its environment.
void let_record(const fs::path& folder, bool absent) {
  if (absent)
    ::setenv(bcc::absent_variable, "1", 1);
  else
    ::unsetenv(bcc::absent_variable);
  front::prepare_for_bcc(folder);
}

}  // namespace

void declare(front::CommandLine& line, ImportOptions& options) {
  line.inherit_options();
  line.argument("TOOL", options.tool, "A tool of BCC's by its name, or a Python file by its path").required();
  line.text("-o,--output", "FILE", options.file, "Write there; - is standard output");
  line.flag("--python", options.is_path, "The tool is a Python file, and not looked for by its name");
  line.flag("--absent", options.absent, "Attach to functions that this kernel lacks, too, for another one");
  line.flag("--no-fentry", options.no_fentry, "The tool is told that the kernel has no fentry: most then take kprobes");
  line.texts("--folder", "DIR", options.folders, "Look for tools in this folder, too (also SONDA_BCC_PATH)");
  line.text(
      "--seconds", "N",
      [&options](const std::string& text) {
        const auto seconds = parse_u64(text);
        if (!seconds || *seconds == 0 || *seconds > 3600)
          throw Error(Stage::usage, "--seconds " + text, "it is a number of seconds, from 1 to 3600");
        options.seconds = static_cast<int>(*seconds);
      },
      "How long the tool may take until it waits (60)");
  line.footer(
      "  sonda import biolatency -o biolatency.c     a probe file that needs no Python\n"
      "  sonda import funccount -- c:malloc          what follows -- is the tool's own\n"
      "The tool's Python runs up to where it waits; nothing is loaded or attached.");
}

void import_tool(front::Run& run, const ImportOptions& options) {
  if (options.file != standard_output) require_replaceable(options.file, Stage::usage);
  const auto folder = recorder_folder();
  const auto script = front::find_tool(options.tool, options.is_path, front::tool_folders(options.folders));
  const auto words = recorded_words(script, options, folder);
  let_record(folder, options.absent);
  const auto tool = run_recorded(words, std::chrono::seconds(options.seconds));
  const auto cpus = std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN));
  const auto recording = read_recording(tool.record, static_cast<std::size_t>(cpus));

  const auto known = front::tool_of(script);
  const auto& text = worth_a_file(run, recording, tool, known.name);
  const Provenance from{
      .tool = options.is_path || options.tool.find('/') != options.tool.npos ? options.tool : known.name,
      .about = known.about,
      .path = script.string(),
      .options = own_options(options),
      .arguments = options.arguments,
      .package = package_of(script)};
  const auto lines = probe_lines(text, others_that_attach(recording, text));
  const auto shows = shows_for(run, known.name, probe_text(from, text, lines, {}), text);
  write_file(run, options.file, probe_text(from, text, lines, shows));
}

}  // namespace sonda::cli
