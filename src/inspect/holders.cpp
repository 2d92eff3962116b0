#include "inspect/holders.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "inspect/attach_text.h"
#include "inspect/object.h"

namespace sonda {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

Folder open_folder(int at, const char* name) {
  UniqueFd fd(::openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return nullptr;
  Folder folder(::fdopendir(fd.get()));
  if (folder) (void)fd.release();
  return folder;
}

/// Calls `with` for each name that is a number.
template <class With>
void each_number(DIR* folder, With with) {
  while (const auto* entry = ::readdir(folder))
    if (is_digit(entry->d_name[0])) with(entry->d_name);
}

std::string read_small(int at, const std::string& name) {
  const UniqueFd file(::openat(at, name.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 1024> text{};
  const auto got = file ? ::read(file.get(), text.data(), text.size()) : 0;
  return {text.data(), static_cast<std::size_t>(got > 0 ? got : 0)};
}

class Search {
 public:
  explicit Search(const std::string& proc) : proc_(proc) {}

  Holders run() {
    const auto processes = open_folder(AT_FDCWD, proc_.c_str());
    if (processes) each_number(processes.get(), [&](const char* pid) { look_at(::dirfd(processes.get()), pid); });
    return std::move(holders_);
  }

 private:
  void look_at(int proc, const char* pid) {
    const UniqueFd process(::openat(proc, pid, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const auto number = parse_u64(pid);
    if (!process || !number) return;
    process_ = process.get();
    holder_ = {static_cast<pid_t>(*number), {}};
    const auto descriptors = open_folder(process_, "fd");
    if (!descriptors) {
      if (errno == EACCES || errno == EPERM) ++holders_.unreadable;
      return;
    }
    each_number(descriptors.get(), [&](const char* fd) { look_at_descriptor(::dirfd(descriptors.get()), fd); });
  }

  void look_at_descriptor(int descriptors, const char* fd) {
    std::array<char, 64> target{};
    const auto length = ::readlinkat(descriptors, fd, target.data(), target.size());
    if (length <= 0) return;
    std::string_view what(target.data(), static_cast<std::size_t>(length));
    constexpr std::string_view anonymous = "anon_inode:";
    if (!what.starts_with(anonymous)) return;
    what.remove_prefix(anonymous.size());
    if (what == "bpf-prog")
      note(holders_.programs, fd, "prog_id");
    else if (what == "bpf-map")
      note(holders_.maps, fd, "map_id");
    else if (what == "bpf_link")
      note(holders_.links, fd, "link_id");
    else if (what == "[perf_event]")
      note_perf_event(fd);
  }

  void note(Holders::OfKind& of_kind, const char* fd, std::string_view field) {
    if (const auto id = fdinfo_number(read_small(process_, fmt::format("fdinfo/{}", fd)), field))
      note(of_kind, static_cast<std::uint32_t>(*id));
  }

  void note(Holders::OfKind& of_kind, std::uint32_t id) {
    if (holder_.name.empty()) {
      holder_.name = read_small(process_, "comm");
      if (holder_.name.ends_with('\n')) holder_.name.pop_back();
    }
    auto& processes = of_kind[id];
    if (processes.empty() || processes.back().pid != holder_.pid) processes.push_back(holder_);
  }

  void note_perf_event(const char* fd) {
    std::array<char, 4096> name{};
    __u32 length = name.size(), program = 0, type = 0;
    __u64 offset = 0, address = 0;
    const auto number = parse_u64(fd);
    if (!number || ::bpf_task_fd_query(holder_.pid, static_cast<int>(*number), 0, name.data(), &length, &program, &type,
                                       &offset, &address) != 0)
      return;
    name.back() = '\0';
    note(holders_.programs, program);
    switch (type) {
      case BPF_FD_TYPE_TRACEPOINT:
        holders_.perf.push_back({program, fmt::format("tracepoint:{}", name.data())});
        break;
      case BPF_FD_TYPE_KPROBE:
      case BPF_FD_TYPE_KRETPROBE:
        holders_.perf.push_back({program, kprobe_text(type == BPF_FD_TYPE_KRETPROBE, name.data(), offset, address)});
        break;
      case BPF_FD_TYPE_UPROBE:
      case BPF_FD_TYPE_URETPROBE:
        holders_.perf.push_back({program, uprobe_text(type == BPF_FD_TYPE_URETPROBE, name.data(), offset)});
        break;
      default:
        break;
    }
  }

  std::string proc_;
  Holders holders_;
  int process_ = -1;  // of the process that is looked at; borrowed
  Holder holder_;
};

}  // namespace

Holders find_holders(const std::string& proc) { return Search(proc).run(); }

}  // namespace sonda
