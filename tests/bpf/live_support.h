// Live probes for tests: a function of the test program itself, and what is open in this process.
#pragma once

#include <filesystem>
#include <string>

#include "bpf/private_cache.h"
#include "sonda/sonda.h"
#include "support/edited_text.h"
#include "support/error_of.h"
#include "support/skip.h"

extern "C" {
// What the probes here attach to.
int sonda_test_live(int number);
int sonda_test_live_other(int number);
}

namespace sonda::test {

inline ProbeSource source_of(const std::string& text) { return ProbeSource::from_text("live.c", text); }

inline Probe open_live(const std::string& text, OpenOptions options = {}) {
  static const auto cache = PrivateCache::or_shared();
  options.live = true;
  return Probe::open(source_of(text), options);
}

/// The value of entry `index` of an array of numbers.
inline std::uint64_t number_in(const Probe& probe, const char* map, std::uint32_t index = 0) {
  return probe.table(map).find<std::uint64_t>(index).value_or(0);
}

/// Descriptors of this process that lead to something of BPF.
inline std::size_t open_bpf_objects() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const auto target = std::filesystem::read_symlink(entry.path(), gone).string();
    if (target.starts_with("anon_inode:bpf") || target.starts_with("anon_inode:[perf_event]")) ++count;
  }
  return count;
}

}  // namespace sonda::test
