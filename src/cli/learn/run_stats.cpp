#include "cli/learn/run_stats.h"

#include <bpf/bpf.h>

#include <cerrno>

#include "sonda/error.h"

namespace sonda::cli {

RunStats::RunStats() : fd_(::bpf_enable_stats(BPF_STATS_RUN_TIME)) {}

Runs runs_of(const LoadedImage& loaded) {
  Runs runs;
  for (const auto& program : loaded.programs()) {
    bpf_prog_info info{};
    __u32 size = sizeof info;
    if (::bpf_obj_get_info_by_fd(program->fd(), &info, &size) != 0)
      throw system_error(Stage::read, program->name(), "asking the kernel about the program", errno);
    runs.count += info.run_cnt;
    runs.nanoseconds += info.run_time_ns;
  }
  return runs;
}

}  // namespace sonda::cli
