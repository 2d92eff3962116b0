// cdsnoop --classic: attaching and reading.
#include <cerrno>
#include <ctime>

#include "bash/shells.h"
#include "sonda/probe.h"
#include "tools/cdsnoop/change_report.h"
#include "tools/cdsnoop/classic_flow.h"
#include "tools/cdsnoop/deadline.h"
#include "tools/cdsnoop/trace.h"

namespace sonda::cdsnoop {

void trace_classic(front::Run& run, const CdsnoopOptions& options) {
  auto probe = run.open_probe(options.probe, "cdsnoop_classic");
  run.explain("readline is in " + bash::attach_classic(probe, options.shell.value_or("/bin/bash")).string());
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

}  // namespace sonda::cdsnoop
