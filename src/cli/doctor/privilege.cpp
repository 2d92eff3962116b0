// What this process may do, and what holds it: users, namespaces, containers, sudo.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "base/files.h"
#include "base/text.h"
#include "cli/doctor/check.h"
#include "kernel/privilege.h"

namespace sonda::cli::doctor {
namespace {

namespace fs = std::filesystem;

struct Use {
  Capability capability;
  std::string_view what_for;
};

constexpr Use uses[] = {
    {Capability::bpf, "loading programs and maps"},
    {Capability::perfmon, "tracing: uprobes, kprobes, tracepoints, perf events"},
    {Capability::sys_admin, "all of that and tracefs where it is not mounted"},
    {Capability::net_admin, "xdp:, tc: and cgroup: attach points"},
    {Capability::net_raw, "socket: attach points"},
    {Capability::sys_ptrace, "what other users' processes run: their symbols, their bash"},
    {Capability::syslog, "addresses of the kernel's functions"},
    {Capability::sys_resource, "more open files than the limit"},
};

Finding check_capabilities() {
  std::vector<std::string> there, lacking, details;
  bool can_trace = true;
  for (const auto& use : uses) {
    const auto name = std::string(to_string(use.capability));
    const bool has = has_capability(use.capability);
    (has ? there : lacking).push_back(name);
    details.push_back(fmt::format("{:<16} {:<3} {}", name, has ? "yes" : "no", use.what_for));
    if (use.capability == Capability::bpf || use.capability == Capability::perfmon) can_trace = can_trace && has;
  }
  std::error_code failed;
  const auto program = fs::read_symlink("/proc/self/exe", failed);
  const auto setcap =
      fmt::format("sudo setcap cap_bpf,cap_perfmon+ep {}", failed ? "/usr/local/bin/sonda" : program.string());
  const auto found = "lacking: " + join(lacking, ", ");
  const std::string as_root = ::geteuid() == 0 ? "root was started without: docker run --cap-add, or --privileged"
                                               : "run it as root: sudo sonda ...";
  auto finding = lacking.empty() ? ok(fmt::format("all {} that anything of Sonda's wants{}", there.size(),
                                                  counts(Capability::bpf) ? "" : ", but only for this user namespace"))
                 : can_trace     ? limited(found, as_root + "; -v says what each is for")
                                 : missing(found, as_root + "; or, once: " + setcap);
  finding.details = std::move(details);
  return finding;
}

/// The value of a field of /proc/self/status.
std::optional<std::string> status_field(std::string_view name) {
  const auto text = try_read_file("/proc/self/status").value_or("");
  for (const auto line : split_lines(text))
    if (line.starts_with(name) && line.substr(name.size()).starts_with(':'))
      return std::string(trim(line.substr(name.size() + 1)));
  return std::nullopt;
}

Finding check_user_namespace() {
  if (in_first_user_namespace().value_or(!in_user_namespace())) return ok("the machine's first one");
  return missing("this process is in a user namespace of its own, where the kernel refuses BPF",
                 "run it outside: not in a rootless container, not below unshare --user; sudo on the host");
}

Finding check_seccomp() {
  const auto mode = status_field("Seccomp");
  if (!mode || *mode == "0") return ok("no filter");
  return limited("a filter of system calls is in force, which may forbid bpf(2) and perf_event_open(2)",
                 "start the container with --privileged, or --security-opt seccomp=unconfined");
}

Finding check_new_privileges() {
  if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return ok("allowed: sudo and setcap work");
  if (has_capability(Capability::bpf)) return ok("not to be gained, and not wanted: CAP_BPF is there");
  return limited("not to be gained in this process (no_new_privs): sudo and setcap have no effect",
                 "run it outside of what set it: a container, systemd's NoNewPrivileges=, a sandbox");
}

/// What kind of container this is, by what each kind leaves for programs to find; nothing if it seems to be none.
std::optional<std::string> container() {
  std::error_code failed;
  if (fs::exists("/.dockerenv", failed)) return "docker";
  if (fs::exists("/run/.containerenv", failed)) return "podman";
  if (auto name = try_read_file("/run/systemd/container")) return std::string(trim(*name));
  if (std::getenv("KUBERNETES_SERVICE_HOST") != nullptr) return "kubernetes";
  if (const char* name = std::getenv("container"); name != nullptr && *name != '\0') return name;
  if (!in_first_cgroup_namespace().value_or(true)) return "one of an unknown kind";
  return std::nullopt;
}

Finding check_container() {
  const auto kind = container();
  if (!kind) return ok("in none, as far as can be seen");
  return ok(fmt::format("in a container ({}): it sees all of the machine's events, but only its own files", *kind));
}

Finding check_pids() {
  if (in_first_pid_namespace().value_or(true)) return ok("the machine's own");
  return limited(
      "this is a PID namespace of its own: the kernel gives programs other numbers than `ps` shows here, so "
      "-p and names of processes do not fit",
      "run it on the host; or start the container with --pid=host");
}

Finding check_sudo() {
  const char* user = std::getenv("SUDO_USER");
  const char* home = std::getenv("HOME");
  const std::string where = home == nullptr ? "HOME is not set" : fmt::format("HOME is {}", home);
  if (user == nullptr) return ok("not started by it; " + where);
  return ok(fmt::format("started by it for {}; {}", user, where));
}

}  // namespace

bool counts(Capability capability) {
  return has_capability(capability) && in_first_user_namespace().value_or(!in_user_namespace());
}

std::string as_root() {
  return in_first_user_namespace().value_or(true) ? "run it as root: sudo sonda doctor"
                                                  : "run it outside of this user namespace, as root";
}

std::vector<Check> privilege_checks() {
  const std::string section = "privilege";
  return {
      {"capabilities", section, "this process may load and attach programs", check_capabilities, Wants::nothing, true},
      {"user-namespace", section, "capabilities count for BPF", check_user_namespace, Wants::nothing, true},
      {"seccomp", section, "no filter of system calls is in the way", check_seccomp},
      {"new-privileges", section, "sudo and setcap work here", check_new_privileges},
      {"container", section, "whether this is a container", check_container},
      {"pid-namespace", section, "the PIDs that programs see are those that are shown here", check_pids},
      {"sudo", section, "for whom it runs", check_sudo},
  };
}

}  // namespace sonda::cli::doctor
