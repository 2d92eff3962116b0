// One program at several places of a binary, each with a cookie.
#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "kernel/kernel.h"
#include "runtime/attach/elf_symbols.h"
#include "runtime/attach/perf_open.h"
#include "sonda/error.h"
#include "sonda/link.h"

namespace sonda {
namespace {

// linux/bpf.h of 6.6; the headers of older distributions lack them.
constexpr std::uint32_t bpf_trace_uprobe_multi = 48;
constexpr std::uint32_t multi_on_return = 1;
constexpr std::uint32_t first_with_multi = 6U << 16 | 6U << 8;

struct LinkMany {
  std::uint32_t program = 0, target = 0, attach_type = bpf_trace_uprobe_multi, flags = 0;
  std::uint64_t path = 0, offsets = 0, reference_counters = 0, cookies = 0;
  std::uint32_t count = 0, multi_flags = 0, pid = 0, unused = 0;
};

class Group {
 public:
  Group(const std::filesystem::path& binary, const std::vector<UprobeSpot>& spots, bool on_return)
      : file_(ElfFile::open(binary)), on_return_(on_return) {
    for (const auto& spot : spots) {
      const auto offset = file_.file_offset(spot.address);
      if (!offset || !file_.is_code(spot.address)) {
        throw Error(Stage::attach, binary.string(),
                    fmt::format("the address {:#x} is not in the binary's code", spot.address));
      }
      addresses_.push_back(spot.address);
      offsets_.push_back(*offset);
      cookies_.push_back(spot.cookie);
    }
  }

  Uprobe point(std::size_t index) const {
    return {.binary = file_.path(), .place = Address{addresses_[index]}, .on_return = on_return_};
  }

  std::vector<UniqueFd> in_one_step(const Program& program) const {
    const auto path = self_path();
    LinkMany request;
    request.program = static_cast<std::uint32_t>(program.fd());
    request.path = reinterpret_cast<std::uintptr_t>(path.c_str());
    request.offsets = reinterpret_cast<std::uintptr_t>(offsets_.data());
    request.cookies = reinterpret_cast<std::uintptr_t>(cookies_.data());
    request.count = static_cast<std::uint32_t>(offsets_.size());
    request.multi_flags = on_return_ ? multi_on_return : 0;
    const auto fd = static_cast<int>(::syscall(SYS_bpf, BPF_LINK_CREATE, &request, sizeof request));
    if (fd < 0) throw perf_error(file_.path().string(), "the kernel refuses these uprobes", errno);
    std::vector<UniqueFd> links;
    links.emplace_back(fd);
    return links;
  }

  Attached one_by_one(const Program& program) const {
    Attached all;
    for (std::size_t i = 0; i < offsets_.size(); ++i) {
      auto event = open_event(offsets_[i]);
      bpf_link_create_opts options{};
      options.sz = sizeof options;
      options.perf_event.bpf_cookie = cookies_[i];
      UniqueFd link(::bpf_link_create(program.fd(), event.get(), BPF_PERF_EVENT, &options));
      if (!link)
        throw perf_error(file_.path().string(), "the kernel takes no uprobe with a cookie (Linux 5.15)", errno);
      all.events.push_back(std::move(event));
      all.links.push_back(std::move(link));
    }
    return all;
  }

 private:
  std::string self_path() const { return fmt::format("/proc/self/fd/{}", file_.fd()); }

  UniqueFd open_event(std::uint64_t offset) const {
    const auto pmu = dynamic_pmu("uprobe");
    if (!pmu) {
      Error error(Stage::attach, file_.path().string(), "this kernel was built without CONFIG_UPROBE_EVENTS");
      throw std::move(error.with_exit(Exit::cannot_run));
    }
    const auto path = self_path();
    perf_event_attr attributes{};
    attributes.type = pmu->type;
    attributes.config = on_return_ ? pmu->on_return : 0;
    attributes.uprobe_path = reinterpret_cast<std::uintptr_t>(path.c_str());
    attributes.probe_offset = offset;
    auto event = open_perf_event(attributes, all_pids, online_cpus().front());
    if (!event) throw perf_error(file_.path().string(), "the kernel refuses this uprobe", errno);
    return event;
  }

  ElfFile file_;
  bool on_return_;
  std::vector<std::uint64_t> addresses_, offsets_, cookies_;
};

}  // namespace

Link attach_uprobes(LoadedImage& image, const std::string& function, const std::filesystem::path& binary,
                    const std::vector<UprobeSpot>& spots, bool on_return) {
  if (spots.empty()) throw Error(Stage::attach, binary.string(), "no places to attach to were given");
  const Group group(binary, spots, on_return);
  if (kernel_version_code() >= first_with_multi) {
    const auto& program = image.program(function, BPF_PROG_TYPE_KPROBE, bpf_trace_uprobe_multi);
    return Link(group.point(0), function, {}, group.in_one_step(program));
  }
  auto attached = group.one_by_one(image.program(function, BPF_PROG_TYPE_KPROBE));
  return Link(group.point(0), function, std::move(attached.events), std::move(attached.links));
}

}  // namespace sonda
