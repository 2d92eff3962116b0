// cdsnoop --classic: attaching and reading.
#include <cerrno>
#include <ctime>

#include "bash/shells.h"
#include "front/event_loop.h"
#include "sonda/probe.h"
#include "tools/cdsnoop/change_report.h"
#include "tools/cdsnoop/classic_flow.h"
#include "tools/cdsnoop/trace.h"

namespace sonda::cdsnoop {

void trace_classic(front::Run& run, const CdsnoopOptions& options) {
  auto probe = run.open_probe(options.probe, "cdsnoop_classic");
  run.explain("readline is in " + bash::attach_classic(probe, options.shell.value_or("/bin/bash")).string());
  run.tracing_began();
  ErrorTexts errors;
  ClassicFlow flow(errors(ENOENT));
  run.output().write(ClassicFlow::header());
  TracePipe pipe;
  front::EventLoop loop(&run.output());
  loop.end_after(options.duration);
  std::uint64_t rows = 0;
  loop.read(pipe, [&](const TraceFields& fields) {
    if (fields.message.empty() || (options.count && rows >= *options.count)) return;
    const auto now = static_cast<std::uint64_t>(std::time(nullptr)) * 1'000'000'000;
    const auto line = flow.next(fields, clock_time(now, false));
    if (!line) return;
    run.output().write(*line);
    ++rows;
    if (options.count && rows >= *options.count) loop.end();
  });
  loop.run();
}

}  // namespace sonda::cdsnoop
