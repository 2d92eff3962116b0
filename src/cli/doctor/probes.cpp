// The probes that come with Sonda: each compiled, loaded, attached and detached.
#include <fmt/format.h>
#include <linux/magic.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "base/locations.h"
#include "base/text.h"
#include "bash/bash_binary.h"
#include "bash/shells.h"
#include "cli/doctor/check.h"
#include "cli/doctor/trial.h"
#include "kernel/privilege.h"
#include "runtime/kinds.h"
#include "sonda/error.h"
#include "sonda/fd.h"
#include "sonda/probe.h"

namespace sonda::cli::doctor {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

std::vector<fs::path> probes_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed))
    if (entry->path().extension() == ".c") files.push_back(entry->path());
  std::ranges::sort(files);
  return files;
}

fs::path shipped() { return build_tree_probes().value_or(installed_probes()); }

std::optional<fs::path> a_bash() {
  for (const auto& path : bash::likely_shells())
    if (bash::read_bash(path)) return path;
  return std::nullopt;
}

/// As the tool of that name does it. Throws Error.
std::size_t attach_as_its_tool_does(Probe& probe, const std::string& name, std::vector<Link>& more) {
  const auto bash = a_bash();
  if (!bash)
    throw Error(Stage::attach, name, "there is no bash to attach to", "sonda doctor --only bash")
        .with_exit(Exit::cannot_run);
  if (name == "cdsnoop_classic") {
    bash::attach_classic(probe, *bash);
  } else {
    more = attach_uprobes(probe.loaded(), "visit", *bash, bash::read_bash(*bash)->spots());
    probe.attach();
  }
  return probe.links().size() + more.size();
}

bool is_of_a_tool(const std::string& name) { return name == "cdsnoop" || name == "cdsnoop_classic"; }

/// Whether anything in the file is about a network interface: such a probe goes to a namespace of its own.
bool is_of_network(const Probe& probe) {
  return std::ranges::any_of(probe.attachments(), [](const Attachment& attachment) {
    return std::holds_alternative<Xdp>(attachment.point) || std::holds_alternative<Tc>(attachment.point) ||
           std::holds_alternative<SocketFilter>(attachment.point);
  });
}

void enter_own_network() {
  if (::unshare(CLONE_NEWNET) != 0)
    throw system_error(Stage::attach, "network namespace", "there can be none", errno).with_exit(Exit::cannot_run);
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq loopback{};
  std::string_view("lo").copy(static_cast<char*>(loopback.ifr_name), IFNAMSIZ - 1);
  loopback.ifr_flags = IFF_UP;
  ::ioctl(socket.get(), SIOCSIFFLAGS, &loopback);
}

std::size_t instructions_of(const Image& image) {
  std::size_t sum = 0;
  for (const auto& program : image.programs) sum += program.instructions.size();
  return sum;
}

double seconds_since(Clock::time_point began) { return std::chrono::duration<double>(Clock::now() - began).count(); }

class Trial {
 public:
  Trial(fs::path file, bool is_example) : file_(std::move(file)), name_(file_.stem()), is_example_(is_example) {}

  Finding run() {
    OpenOptions options;
    options.compile.use_cache = false;
    options.process = ::getpid();  // for those that want one
    options.maps = std::make_shared<MapPool>(fs::path());
    const auto began = Clock::now();
    auto probe = Probe::open(ProbeSource::open(file_.string()), options);
    const auto opened = seconds_since(began);
    if (is_of_network(probe)) enter_own_network();
    const auto count = attach(probe);
    const auto links = count == 0 ? "not attached, for the file says no attach point"
                                  : fmt::format("{} attach point{}", count, count == 1 ? "" : "s");
    probe.detach_all();
    more_.clear();
    auto finding =
        ok(fmt::format("{} instructions, {}, {:.2f} s", instructions_of(probe.image()), links, seconds_since(began)));
    finding.details.push_back(fmt::format("{}: compiled, and its maps created, in {:.2f} s", file_.string(), opened));
    return finding;
  }

 private:
  std::size_t attach(Probe& probe) {
    if (!is_example_ && is_of_a_tool(name_)) return attach_as_its_tool_does(probe, name_, more_);
    if (probe.attachments().empty()) {
      for (const auto& program : probe.image().programs)
        probe.loaded().program(program.name, guess_kind(probe.image(), program));
      return 0;
    }
    auto attachments = probe.attachments();
    for (auto& attachment : attachments) find_cgroup(attachment.point);
    probe.attach(attachments);
    return probe.links().size();
  }

  /// The file may name a folder where cgroup v2 is on other machines.
  static void find_cgroup(AttachPoint& point) {
    auto* cgroup = std::get_if<Cgroup>(&point);
    if (cgroup == nullptr || is_mounted(cgroup->path, CGROUP2_SUPER_MAGIC)) return;
    const auto places = mounts_of("cgroup2");
    if (places.empty())
      throw std::move(Error(Stage::attach, to_string(point), "cgroup v2 is not mounted", "sonda doctor --only cgroup2")
                          .with_exit(Exit::cannot_run));
    cgroup->path = places.front();
  }

  fs::path file_;
  std::string name_;
  bool is_example_;
  std::vector<Link> more_;
};

Check check_of(const fs::path& file, bool is_example) {
  const auto name = file.stem().string();
  return {.id = (is_example ? "example." : "probe.") + name,
          .section = "probes",
          .proves = "it compiles, loads, attaches and detaches",
          .run = [file, is_example] { return Trial(file, is_example).run(); },
          .wants = Wants::bpf,
          // What the two tools attach; the report's own versions are for --classic.
          .needed = !is_example && !name.ends_with("_classic"),
          .limit = std::chrono::seconds(180)};
}

Finding check_probe_files() {
  const auto count = probes_in(shipped()).size();
  if (count == 0)
    return broken(fmt::format("no probe is in {}", shipped().string()),
                  "install Sonda whole: cmake --install build --prefix /usr/local");
  return ok(fmt::format("{} in {}", count, shipped().string()));
}

}  // namespace

std::vector<Check> probe_checks(bool with_examples) {
  std::vector<Check> checks{
      {"probe-files", "probes", "the probes that come with Sonda are there", check_probe_files, Wants::nothing, true}};
  for (const auto& file : probes_in(shipped())) checks.push_back(check_of(file, false));
  if (with_examples)
    for (const auto& file : probes_in(installed_examples())) checks.push_back(check_of(file, true));
  return checks;
}

}  // namespace sonda::cli::doctor
