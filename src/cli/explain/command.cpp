#include "cli/explain/command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <span>

#include "base/escape.h"
#include "base/files.h"
#include "front/options.h"
#include "kernel/privilege.h"
#include "report/explanation/printers.h"
#include "sonda/explanation.h"

namespace sonda::cli {
namespace {

constexpr std::string_view standard_output = "-";

/// Refuses, before anything is compiled for nothing, a page that cannot be written.
void check_page(const ExplainOptions& options) {
  const auto& page = options.page;
  const auto refuse = [&](std::string cause) { throw Error(Stage::usage, "--html " + page, std::move(cause)); };
  if (page == standard_output) {
    if (options.json) refuse("JSON goes to standard output already");
    return;
  }
  std::error_code none;
  if (std::filesystem::equivalent(page, options.file, none)) refuse("it is the probe itself");
  require_replaceable(page, Stage::usage);
}

void write_page(front::Run& run, const ExplainOptions& options, const Explanation& explanation) {
  const auto text = report::explanation_page(explanation);
  if (options.page == standard_output) return run.output().write(text);
  replace_file(options.page, std::as_bytes(std::span(text)), Stage::report, for_everybody);
  if (!options.json) run.output().write(fmt::format("written: {}\n", escape_for_terminal(options.page)));
}

report::ExplanationStyle style_of(const report::Output& output, const ExplainOptions& options) {
  auto style = report::style_for(output);
  if (options.plain) style.columns = style.colours = false;
  style.words = options.words;
  return style;
}

Probe open(front::Run& run, const ExplainOptions& options) {
  auto source = run.open_source(options.file);
  auto open = run.open_options(options.probe);
  open.compile.flags = options.compiler_flags;
  open.process = ::getpid();  // any: nothing is attached
  return Probe::open(std::move(source), open);
}

}  // namespace

void declare(front::CommandLine& line, ExplainOptions& options) {
  line.inherit_options();
  line.argument("FILE", options.file, "The probe: a file, or the name of one that is installed").required();
  line.arguments("FUNCTION", options.functions, "Explain these functions only");
  const auto plain = line.flag("--plain", options.plain, "No columns and no colours, an item a line: good for diff");
  line.flag("--words", options.words, "Say what the verifier knew of registers in plain words");
  line.flag("--json", options.json, "JSON, one object a line").excludes(plain);
  line.text("--html", "FILE", options.page, "Write one self-contained page; - is standard output");
  line.texts("--cflag", "FLAG", options.compiler_flags, "Give the compiler a flag, e.g. --cflag=-DDEBUG");
  front::declare_compile(line, options.probe);
  line.footer("The exit status is 0 only if the kernel took every function that was asked for.");
}

void explain_probe(front::Run& run, const ExplainOptions& options) {
  require_bpf_privilege();
  if (!options.page.empty()) check_page(options);
  auto probe = open(run, options);
  const auto explanation = explain_program(probe, options.functions);
  if (options.json)
    for (const auto& line : report::explanation_json(explanation)) run.output().object(line);
  else if (options.page.empty())
    run.output().write(report::explanation_text(explanation, style_of(run.output(), options)));
  if (!options.page.empty()) write_page(run, options, explanation);
  if (explanation.all_accepted()) return;
  if (!options.page.empty())
    for (const auto& function : explanation.functions)
      if (function.refusal) run.report(function.refusal->error);
  run.set_exit_status(static_cast<int>(Exit::failure));
}

}  // namespace sonda::cli
