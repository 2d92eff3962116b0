#include "inspect/holders.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/files.h"
#include "base/text.h"
#include "inspect/links.h"
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

constexpr std::size_t most_files = 4096;

/// /proc/self/mountinfo writes blanks and backslashes as octal numbers.
std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool octal = text[i] == '\\' && i + 3 < text.size() && is_digit(text[i + 1]) && is_digit(text[i + 2]) &&
                       is_digit(text[i + 3]);
    if (!octal) {
      result += text[i];
      continue;
    }
    result += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
    i += 3;
  }
  return result;
}

std::vector<std::string> bpf_mounts() {
  std::vector<std::string> mounts;
  const auto text = try_read_file("/proc/self/mountinfo");
  if (!text) return mounts;
  for (const auto line : split_lines(*text)) {
    const auto words = split(line, ' ');
    const auto dash = std::ranges::find(words, "-");
    if (words.size() > 4 && words.end() - dash > 1 && *(dash + 1) == "bpf") mounts.push_back(unescaped(words[4]));
  }
  return mounts;
}

/// What is at `path` tells of a link what it tells of a program, but for the type.
bool is_of_program(const std::string& path, std::uint32_t program) {
  const UniqueFd fd(::bpf_obj_get(path.c_str()));
  if (!fd) return false;
  std::error_code error;
  const auto what = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd.get()), error).string();
  if (what == "anon_inode:bpf-prog") {
    bpf_prog_info info{};
    return ask_about(fd.get(), info) && info.id == program;
  }
  LinkInfo info{};
  return what == "anon_inode:bpf_link" && ask_about(fd.get(), info) && info.program == program;
}

}  // namespace

Holders find_holders(const std::string& proc) { return Search(proc).run(); }

std::vector<std::string> find_pins(std::uint32_t program) {
  std::vector<std::string> pins;
  std::size_t looked_at = 0;
  for (const auto& mount : bpf_mounts()) {
    std::error_code error;
    std::filesystem::recursive_directory_iterator file(
        mount, std::filesystem::directory_options::skip_permission_denied, error);
    while (!error && file != std::filesystem::recursive_directory_iterator() && ++looked_at <= most_files) {
      const bool plain = file->is_regular_file(error) && !file->is_symlink(error);
      if (plain && is_of_program(file->path().string(), program)) pins.push_back(file->path().string());
      file.increment(error);
    }
  }
  return pins;
}

}  // namespace sonda
