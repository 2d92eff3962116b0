// The functions by which BCC's Python attaches programs: they note where to, and say that it is done. They stand before
// those of libbcc_bpf, which this library is linked with.
#include <bpf/bpf.h>
#include <fmt/format.h>
#include <linux/if_link.h>
#include <linux/perf_event.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "bcc/recorder/guard.h"
#include "bcc/recorder/listed_functions.h"
#include "bcc/recorder/record_line.h"
#include "bcc/recorder/recorder.h"
#include "source/attach_notation.h"

namespace sonda::bcc {
namespace {

/// The interface that each raw socket is bound to.
struct Sockets {
  std::mutex mutex;
  std::map<int, std::string> interfaces;
};

Sockets& sockets() {
  static Sockets all;
  return all;
}

bool takes_absent_functions() noexcept { return ::secure_getenv(absent_variable) != nullptr; }

Xdp::Mode mode_of(std::uint32_t flags) {
  if ((flags & XDP_FLAGS_SKB_MODE) != 0) return Xdp::Mode::generic;
  return (flags & XDP_FLAGS_DRV_MODE) != 0 ? Xdp::Mode::native : Xdp::Mode::automatic;
}

Sampling sampling(std::uint64_t period, std::uint64_t hertz) { return hertz != 0 ? frequency(hertz) : every(period); }

int attach_event(int program, PerfEventId event, Sampling how, int pid, int cpu) {
  return recorder().attach(program, PerfEvent{event, how, pid > 0 ? pid : all_pids, cpu});
}

/// The hook of the cgroup that is open as `target`, or another thing that programs are attached to.
int attach_to_descriptor(int program, int target, bpf_attach_type type) {
  const auto hook = std::ranges::find(cgroup_hooks, type, &CgroupHook::attach);
  std::error_code failed;
  const auto folder = std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", target), failed);
  if (hook == cgroup_hooks.end() || failed || !folder.is_absolute())
    return recorder().attach_otherwise(program, fmt::format("bpf_prog_attach, type {}", static_cast<int>(type)));
  return recorder().attach(program, Cgroup{folder, std::string(hook->name)});
}

}  // namespace
}  // namespace sonda::bcc

// NOLINTBEGIN(readability-identifier-naming): the names and types are libbcc's
extern "C" {
using namespace sonda;
using namespace sonda::bcc;

int bpf_attach_kprobe(int program, int on_return, const char*, const char* function, std::uint64_t offset, int) {
  return recorded(-1, [&] {
    // Many tools try one name of a function after the other.
    if (!takes_absent_functions() && !kernel_has_function(function)) return -1;
    return recorder().attach(program, Kprobe{Symbol{function, offset}, on_return != 0});
  });
}

int bpf_attach_uprobe(int program, int on_return, const char*, const char* file, std::uint64_t offset, pid_t pid) {
  return recorded(-1, [&] {
    const auto place = recorder().place_in(file, offset);
    return recorder().attach(program,
                             Uprobe{Recorder::plain_path(file), place, on_return != 0, pid > 0 ? pid : all_pids});
  });
}

int bpf_attach_tracepoint(int program, const char* category, const char* name) {
  return recorded(-1, [&] { return recorder().attach(program, Tracepoint{category, name}); });
}

int bpf_attach_raw_tracepoint(int program, const char* name) {
  return recorded(-1, [&] { return recorder().attach(program, RawTracepoint{name}); });
}

int bpf_attach_kfunc(int program) {
  return recorded(-1, [&] { return recorder().attach_by_name(program); });
}

int bpf_attach_lsm(int program) {
  return recorded(-1, [&] { return recorder().attach_by_name(program); });
}

int bpf_attach_perf_event(int program, std::uint32_t type, std::uint32_t config, std::uint64_t period,
                          std::uint64_t hertz, pid_t pid, int cpu, int) {
  return recorded(-1, [&] { return attach_event(program, {type, config}, sampling(period, hertz), pid, cpu); });
}

int bpf_attach_perf_event_raw(int program, const perf_event_attr* attributes, pid_t pid, int cpu, int, unsigned long) {
  return recorded(-1, [&] {
    const auto& wanted = *attributes;
    const auto how = wanted.freq != 0 ? frequency(wanted.sample_freq) : every(wanted.sample_period);
    return attach_event(program, {wanted.type, wanted.config}, how, pid, cpu);
  });
}

int bpf_attach_xdp(const char* interface, int program, std::uint32_t flags) {
  return recorded(-1, [&] {
    // Without a program it is taken away.
    return program < 0 || recorder().attach(program, Xdp{interface, mode_of(flags)}) >= 0 ? 0 : -1;
  });
}

int bpf_open_raw_sock(const char* interface) {
  return recorded(-1, [&] {
    const int fd = Recorder::harmless_descriptor();
    auto& all = sockets();
    const std::lock_guard lock(all.mutex);
    all.interfaces[fd] = interface == nullptr ? "" : interface;
    return fd;
  });
}

int bpf_attach_socket(int socket, int program) {
  return recorded(-1, [&] {
    auto& all = sockets();
    const std::lock_guard lock(all.mutex);
    const auto& interface = all.interfaces[socket];
    const bool is_done = interface.empty() ? recorder().attach_otherwise(program, "a socket of no interface") >= 0
                                           : recorder().attach(program, SocketFilter{interface}) >= 0;
    return is_done ? 0 : -1;
  });
}

int bpf_prog_attach(int program, int target, bpf_attach_type type, unsigned) {
  return recorded(-1, [&] { return attach_to_descriptor(program, target, type) >= 0 ? 0 : -1; });
}

int bpf_prog_detach2(int, int, bpf_attach_type) { return 0; }
int bpf_detach_kprobe(const char*) { return 0; }
int bpf_detach_uprobe(const char*) { return 0; }
int bpf_detach_tracepoint(const char*, const char*) { return 0; }
int bpf_close_perf_event_fd(int fd) { return fd < 0 ? 0 : ::close(fd); }

/// Says that the tool begins to wait. Does not return if it has attached something.
void bcc_recorder_waits() {
  recorded(0, [] {
    recorder().waits();
    return 0;
  });
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming)
