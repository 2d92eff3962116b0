#include "cli/doctor/doctor.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/doctor/check.h"
#include "cli/doctor/print.h"

namespace sonda::cli {
namespace {

using namespace doctor;

std::size_t width_of_output(const report::Output& output) {
  winsize size{};
  return output.is_terminal() && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/// The gravest of two statuses is that of something broken.
void note(front::Run& run, const Check& check, const Finding& finding) {
  const auto lacking = finding.status == Status::missing || finding.status == Status::unknown;
  if (finding.status == Status::broken)
    run.set_exit_status(static_cast<int>(Exit::failure));
  else if (check.needed && lacking && run.exit_status() == 0)
    run.set_exit_status(static_cast<int>(Exit::cannot_run));
}

}  // namespace

void declare(front::CommandLine& line, DoctorOptions& options) {
  line.inherit_options();
  line.footer(
      "The exit status is 0 if all is there that the tools (and --only CHECK) need, 77 if something of that is not, 1 "
      "if\n"
      "something is broken. Nothing on the machine is changed. -v says more about each check.");
  line.texts("--only", "CHECK|SECTION", options.only, "Only this check or section; may be given more than once");
  line.flag("--examples", options.examples, "Try the example probes, too");
  line.flag("--list", options.list, "List the checks, and try nothing");
  line.flag("--json", options.json, "One JSON object a line");
}

void examine_machine(front::Run& run, const DoctorOptions& options) {
  const auto checks = chosen(all_checks(options.examples), options.only);
  auto& output = run.output();
  if (options.list) {
    if (!options.json) return output.write(list_text(checks));
    for (const auto& check : checks) output.object(json_of(check));
    return;
  }
  TextReport text({.colours = output.colours(), .verbose = run.verbose(), .width = width_of_output(output)}, checks);
  for (const auto& check : checks) {
    run.progress().show("checking " + check.id + " ...");
    const auto finding = run_confined(check);
    note(run, check, finding);
    options.json ? output.object(json_of(check, finding)) : output.write(text.add(check, finding));
  }
  if (!options.json) output.write(text.end());
}

}  // namespace sonda::cli
