// What the running kernel is, and how it is set.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/files.h"
#include "base/text.h"
#include "cli/doctor/check.h"
#include "cli/doctor/trial.h"
#include "kernel/kernel.h"
#include "kernel/kernel_config.h"
#include "kernel/kernel_headers.h"
#include "kernel/tracefs.h"
#include "sonda/error.h"

namespace sonda::cli::doctor {
namespace {

namespace fs = std::filesystem;

Finding check_release() {
  utsname names{};
  ::uname(&names);
  const auto found = fmt::format("Linux {} {}", static_cast<const char*>(names.release), names.machine);
  auto finding = kernel_is_at_least("5.8")
                     ? ok(found)
                     : missing(found + ": it has no CAP_BPF and no ring buffers", "Linux 5.8 or newer");
  finding.details.emplace_back(names.version);
  return finding;
}

Finding check_config() {
  const auto on_disk = "/boot/config-" + kernel_release();
  if (kernel_config()) return ok(fs::exists("/proc/config.gz") ? "/proc/config.gz" : on_disk);
  return limited("this kernel does not show how it was configured: to probes, every CONFIG_ option is off",
                 fmt::format("put its .config at {}; or a kernel with CONFIG_IKCONFIG_PROC=y", on_disk));
}

Finding check_btf() {
  if (!has_btf()) {
    const bool headers = [] {
      try {
        kernel_headers();
        return true;
      } catch (const Error&) {
        return false;
      }
    }();
    const auto found = "this kernel does not tell its types (/sys/kernel/btf/vmlinux)";
    const auto remedy = kernel_remedy({.since = "5.2", .options = {"CONFIG_DEBUG_INFO_BTF"}});
    return headers ? limited(fmt::format("{}; its headers are used instead", found), remedy)
                   : missing(found, fmt::format("apt-get install linux-headers-{}; or {}", kernel_release(),
                                                remedy.empty() ? "another kernel" : remedy));
  }
  std::error_code failed;
  const auto size = fs::file_size("/sys/kernel/btf/vmlinux", failed);
  const auto files = std::distance(fs::directory_iterator("/sys/kernel/btf", failed), fs::directory_iterator());
  return ok(fmt::format("{:.1f} MB of types, and those of {} modules", static_cast<double>(size) / 1e6, files - 1));
}

Finding check_headers() {
  try {
    return ok(kernel_headers().description);
  } catch (const Error& error) {
    const auto package = "apt-get install linux-headers-" + kernel_release();
    if (has_btf())
      return limited("not installed: --headers kernel cannot be used; nothing else wants them",
                     package + ", only if you want that");
    return missing(error.cause(), package);
  }
}

Finding check_lockdown() {
  const auto text = read_security_file("lockdown");
  if (!text) {
    const auto config = kernel_config();
    const bool has_none = config && config_value(*config, "CONFIG_SECURITY_LOCKDOWN_LSM") == "n";
    if (has_none || counts(Capability::sys_admin)) return ok("this kernel has none");
    return unknown("the kernel does not show it to this user", as_root());
  }
  const auto mode = lockdown();
  const std::string remedy =
      "switch Secure Boot off in the firmware (mokutil --disable-validation), or boot without lockdown=" + mode;
  if (mode == "integrity")
    return limited("integrity: programs may not write the memory of processes (bpf_probe_write_user)", remedy);
  if (mode == "confidentiality")
    return missing("confidentiality: programs may not read the kernel's memory; no kprobes, no tracefs", remedy);
  return ok(mode);
}

Finding check_modules() {
  const auto modules = security_modules();
  if (!modules) return ok("not shown to this user");
  return ok(join(*modules, ","));
}

Finding check_tracefs() {
  for (const char* place : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
    if (!is_mounted(place, TRACEFS_MAGIC)) continue;
    try {
      Tracefs().open("events/sched/sched_switch/id", O_RDONLY);
      return ok(fmt::format("mounted at {}", place));
    } catch (const Error& error) {
      return missing(fmt::format("mounted at {}, and not open to this user", place), as_root());
    }
  }
  if (!counts(Capability::sys_admin))
    return unknown("not mounted, and CAP_SYS_ADMIN is missing to open one of one's own", as_root());
  const KernelWish wish{.options = {"CONFIG_FTRACE", "CONFIG_EVENT_TRACING"}};
  return tried(wish, [] {
    const Tracefs own;
    return ok("not mounted, and need not be: Sonda opens one of its own");
  });
}

Finding check_debugfs() {
  if (is_mounted("/sys/kernel/debug", DEBUGFS_MAGIC)) return ok("mounted at /sys/kernel/debug");
  return ok("not mounted, and need not be: only the list of functions that kprobes may not touch is there");
}

Finding check_bpffs() {
  constexpr auto place = "/sys/fs/bpf";
  const std::string mount = "mount -t bpf bpf /sys/fs/bpf";
  if (!is_mounted(place, BPF_FS_MAGIC))
    return limited("not mounted: maps cannot be pinned (// @map NAME pinned)", mount + ", as root");
  if (::access(place, W_OK) != 0)
    return limited("mounted at /sys/fs/bpf, and this user may not write there: maps cannot be pinned",
                   "run it as root; or mount another one and name it with sonda run --pin FOLDER");
  return ok("mounted at /sys/fs/bpf");
}

Finding check_cgroup2() {
  const auto places = mounts_of("cgroup2");
  if (places.empty())
    return limited("cgroup v2 is not mounted: cgroup: attach points have nowhere to be",
                   "mkdir /run/cgroup && mount -t cgroup2 none /run/cgroup, as root");
  auto finding = ok("mounted at " + places.front());
  if (places.front() != "/sys/fs/cgroup")
    finding.details.push_back("examples say /sys/fs/cgroup: --attach-only 'cgroup:" + places.front() +
                              ":HOOK=FUNCTION'");
  return finding;
}

}  // namespace

std::vector<Check> kernel_checks() {
  const std::string section = "kernel";
  return {
      {"release", section, "the kernel is new enough for Sonda", check_release, Wants::nothing, true},
      {"config", section, "the kernel's configuration can be read", check_config},
      {"btf", section, "probes are compiled against the kernel's own types", check_btf, Wants::nothing, true},
      {"headers", section, "--headers kernel can be used", check_headers},
      {"lockdown", section, "the kernel is not locked down against root", check_lockdown},
      {"security-modules", section, "which security modules are switched on", check_modules},
      {"tracefs", section, "tracepoints by name, and bpf_trace_printk, can be used", check_tracefs},
      {"debugfs", section, "debugfs is mounted, where anything wants it", check_debugfs},
      {"bpffs", section, "maps can be pinned", check_bpffs},
      {"cgroup2", section, "programs can be put on cgroups", check_cgroup2},
  };
}

}  // namespace sonda::cli::doctor
