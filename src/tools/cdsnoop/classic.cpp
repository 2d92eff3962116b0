// cdsnoop --classic: attaching and reading.
#include <cerrno>
#include <ctime>
#include <filesystem>

#include "elf/symbols.h"
#include "sonda/probe.h"
#include "tools/cdsnoop/change_report.h"
#include "tools/cdsnoop/classic_flow.h"
#include "tools/cdsnoop/deadline.h"
#include "tools/cdsnoop/trace.h"

namespace sonda::tools {
namespace {

namespace fs = std::filesystem;

/// Where readline is: in bash itself, or in the library that it is linked to.
fs::path readline_of(const fs::path& bash) {
  const auto file = ElfFile::open(bash);
  if (const auto symbol = file.find("readline"); symbol && symbol->defined) return bash;
  return defining_library(file, "readline").value_or(bash);
}

}  // namespace

fs::path attach_classic(Probe& probe, const fs::path& bash) {
  auto readline = readline_of(bash);
  probe.attach_uretprobe(bash, "get_name_for_error", "printerr");
  probe.attach_uretprobe(readline, "readline", "printret");
  probe.attach_uretprobe(bash, "get_string_value", "printret1");
  return readline;
}

void trace_classic(Run& run, const CdsnoopOptions& options) {
  auto probe = run.open_probe(options.probe, "cdsnoop_classic");
  run.explain("readline is in " + attach_classic(probe, options.shell.value_or("/bin/bash")).string());
  run.tracing_began();
  ErrorTexts errors;
  ClassicFlow flow(errors(ENOENT));
  run.output().write(ClassicFlow::header());
  const Deadline deadline(options.duration, run.output());
  std::uint64_t rows = 0;
  while (!deadline.passed() && !(options.count && rows >= *options.count)) {
    const auto fields = probe.trace_fields(deadline.timeout());
    if (!fields || fields->message.empty()) continue;
    const auto now = static_cast<std::uint64_t>(std::time(nullptr)) * 1'000'000'000;
    if (const auto line = flow.next(*fields, clock_time(now, false))) {
      run.output().write(*line);
      ++rows;
    }
  }
}

}  // namespace sonda::tools
