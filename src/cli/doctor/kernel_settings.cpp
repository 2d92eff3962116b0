// How the kernel is set: sysctls and limits, as far as they matter to BPF.
#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/files.h"
#include "base/text.h"
#include "cli/doctor/check.h"
#include "cli/doctor/trial.h"
#include "runtime/run_counts.h"
#include "sonda/error.h"
#include "sonda/fd.h"

namespace sonda::cli::doctor {
namespace {

/// The number in /proc/sys/NAME, with its sign; nothing if there is none or it may not be read.
std::optional<long> sysctl(const std::string& name) {
  const auto text = try_read_file("/proc/sys/" + name);
  if (!text) return std::nullopt;
  auto digits = trim(*text);
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  const auto number = parse_u64(digits);
  if (!number) return std::nullopt;
  return negative ? -static_cast<long>(*number) : static_cast<long>(*number);
}

Finding not_shown(const std::string& what) {
  if (counts(Capability::sys_admin)) return ok("this kernel has no such setting");
  return unknown(what + " is shown to root alone", as_root());
}

Finding check_jit() {
  LoadedImage image(empty_program());
  const auto& program = image.program(image.image().programs.front().name, BPF_PROG_TYPE_SOCKET_FILTER);
  const auto info = program_info(program);
  if (info.jited_prog_len > 0)
    return ok(fmt::format("on: {} bytes of machine code for `return 0`", info.jited_prog_len));
  if (sysctl("net/core/bpf_jit_enable"))
    return limited("off: programs are interpreted, and several times slower", "sysctl -w net.core.bpf_jit_enable=1");
  return limited("this kernel has none: programs are interpreted, and several times slower",
                 kernel_remedy({.options = {"CONFIG_BPF_JIT"}}));
}

Finding check_hardening() {
  const auto level = sysctl("net/core/bpf_jit_harden");
  if (!level) return not_shown("net.core.bpf_jit_harden");
  if (*level < 2) return ok(*level == 0 ? "off" : "for users without privilege, which is not us");
  return limited("for everybody: constants are blinded, so that programs are longer and slower",
                 "sysctl -w net.core.bpf_jit_harden=1");
}

Finding check_jit_names() {
  const auto on = sysctl("net/core/bpf_jit_kallsyms");
  if (!on) return not_shown("net.core.bpf_jit_kallsyms");
  if (*on != 0) return ok("on");
  return limited("off: functions of BPF programs have no names in stacks", "sysctl -w net.core.bpf_jit_kallsyms=1");
}

Finding check_unprivileged() {
  const auto level = sysctl("kernel/unprivileged_bpf_disabled");
  if (!level) return ok("this kernel has no such setting");
  if (*level == 0) return ok("0: users without privilege may load the simplest programs; none of Sonda's is");
  return ok(fmt::format("{}: only privileged users may load programs", *level));
}

Finding check_paranoid() {
  const auto level = sysctl("kernel/perf_event_paranoid");
  if (!level) return missing("this kernel has no perf events", kernel_remedy({.options = {"CONFIG_PERF_EVENTS"}}));
  if (counts(Capability::perfmon)) return ok(fmt::format("{}; CAP_PERFMON overrides it", *level));
  if (*level < 0) return ok("-1: everybody may open every perf event");
  return limited(fmt::format("{}: without CAP_PERFMON no event of all processes can be opened", *level),
                 as_root() + "; or, for everybody on this machine: sysctl -w kernel.perf_event_paranoid=-1");
}

/// Whether the kernel tells this process where its functions are.
bool shows_addresses() {
  const auto symbols = try_read_file("/proc/kallsyms").value_or("");
  const auto lines = split_lines(symbols);
  return std::ranges::any_of(lines, [](std::string_view line) {
    const auto address = line.substr(0, line.find(' '));
    return address.find_first_not_of('0') != std::string_view::npos;
  });
}

Finding check_addresses() {
  const auto level = sysctl("kernel/kptr_restrict");
  const auto setting = level ? fmt::format("kernel.kptr_restrict is {}", *level) : "";
  if (!std::filesystem::exists("/proc/kallsyms"))
    return limited("this kernel has no /proc/kallsyms: its functions have no names in stacks",
                   kernel_remedy({.options = {"CONFIG_KALLSYMS"}}));
  if (shows_addresses()) return ok(setting);
  return limited(setting + ": addresses are hidden, so that the kernel's functions have no names in stacks",
                 level.value_or(0) >= 2 ? "sysctl -w kernel.kptr_restrict=1" : as_root());
}

/// The limit of the cgroup that this process is in, if it has one.
std::optional<std::uint64_t> memory_of_cgroup() {
  const auto text = try_read_file("/proc/self/cgroup").value_or("");
  for (const auto line : split_lines(text)) {
    if (!line.starts_with("0::")) continue;
    const auto places = mounts_of("cgroup2");
    if (places.empty()) return std::nullopt;
    const auto max = try_read_file(fmt::format("{}{}/memory.max", places.front(), line.substr(3)));
    return max ? parse_u64(trim(*max)) : std::nullopt;
  }
  return std::nullopt;
}

Finding check_memory() {
  if (kernel_is_at_least("5.11")) {
    const auto most = memory_of_cgroup();
    if (!most) return ok("maps count as memory of the cgroup, which has no limit here");
    return ok(fmt::format("maps count as memory of the cgroup, which may have {} MiB", *most >> 20));
  }
  rlimit limit{};
  ::getrlimit(RLIMIT_MEMLOCK, &limit);
  if (limit.rlim_cur == RLIM_INFINITY) return ok("maps are locked memory, of which there is no limit (ulimit -l)");
  const auto found = fmt::format("maps are locked memory, at most {} KiB of it (ulimit -l)", limit.rlim_cur >> 10);
  return limit.rlim_cur >= 64UL << 20 ? ok(found) : limited(found, "ulimit -l unlimited, as root; or Linux 5.11");
}

Finding check_open_files() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  constexpr rlim_t enough = 4096;  // a pattern of attach points takes two for each
  const auto found = fmt::format("{}, and up to {} where they are wanted", limit.rlim_cur, limit.rlim_max);
  return limit.rlim_max >= enough ? ok(found)
                                  : limited(found + ": too few for patterns of many attach points",
                                            fmt::format("ulimit -Hn {}, as root", enough));
}

Finding check_statistics() {
  return tried({.since = "5.8"}, [] {
    const UniqueFd on(::bpf_enable_stats(BPF_STATS_RUN_TIME));
    if (!on) throw system_error(Stage::kernel, "BPF_ENABLE_STATS", "the kernel does not measure programs", errno);
    return ok("can be switched on, and off again");
  });
}

}  // namespace

std::vector<Check> setting_checks() {
  const std::string section = "kernel";
  return {
      {"jit", section, "programs run as machine code", check_jit, Wants::bpf},
      {"jit-hardening", section, "the JIT does not slow programs down", check_hardening},
      {"jit-names", section, "BPF programs have names in stacks", check_jit_names},
      {"statistics", section, "runs and time of programs can be measured", check_statistics, Wants::bpf},
      {"unprivileged-bpf", section, "who may load programs (kernel.unprivileged_bpf_disabled)", check_unprivileged},
      {"perf-paranoid", section, "who may open perf events (kernel.perf_event_paranoid)", check_paranoid},
      {"kernel-addresses", section, "the kernel's functions have names in stacks (kernel.kptr_restrict)",
       check_addresses},
      {"memory", section, "how much memory maps may take", check_memory},
      {"open-files", section, "as many files can be open as attach points take", check_open_files},
  };
}

}  // namespace sonda::cli::doctor
