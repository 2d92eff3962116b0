#include "kernel/run_statistics.h"

#include <bpf/bpf.h>

#include "base/files.h"
#include "base/text.h"

namespace sonda {
namespace {

bool is_always_on() {
  const auto text = try_read_file("/proc/sys/kernel/bpf_stats_enabled");
  return text && trim(*text) != "0" && !trim(*text).empty();
}

}  // namespace

RunStatistics::RunStatistics() : fd_(::bpf_enable_stats(BPF_STATS_RUN_TIME)), always_(is_always_on()) {}

}  // namespace sonda
