// The kernel's tracing files, whether or not tracefs is mounted.
#include "kernel/tracefs.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/files.h"
#include "sonda/error.h"

namespace sonda {
namespace {

constexpr auto usual_place = "/sys/kernel/tracing";

/// The root of a tracefs that is mounted where it usually is, or none.
UniqueFd mounted_root() {
  for (const char* place : {usual_place, "/sys/kernel/debug/tracing"}) {
    UniqueFd folder(::open(place, O_PATH | O_DIRECTORY | O_CLOEXEC));
    struct statfs about{};
    if (folder && ::fstatfs(folder.get(), &about) == 0 && about.f_type == TRACEFS_MAGIC) return folder;
  }
  return {};
}

/// The root of a tracefs that is mounted nowhere; none, with errno, if the kernel refuses.
UniqueFd detached_root() {
  const UniqueFd context(::fsopen("tracefs", FSOPEN_CLOEXEC));
  if (!context || ::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return {};
  return UniqueFd(::fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
}

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

Error no_tracefs(int why) {
  constexpr auto subject = "tracefs";
  if (why == EPERM || why == EACCES)
    return Error(Stage::kernel, subject, "CAP_SYS_ADMIN is missing", "run it with sudo").with_exit(Exit::cannot_run);
  if (why == ENODEV || why == ENOSYS)
    return Error(Stage::kernel, subject, "this kernel has none").with_exit(Exit::cannot_run);
  return system_error(Stage::kernel, subject, "cannot be mounted", why);
}

Error cannot_open(const std::string& path, int why) {
  auto error = system_error(Stage::kernel, "tracefs/" + path, "cannot be opened", why,
                            why == EPERM    ? "the kernel may be locked down"
                            : why == EACCES ? "run it with sudo"
                                            : "");
  if (why == EPERM || why == EACCES) error.with_exit(Exit::cannot_run);
  return error;
}

}  // namespace

Tracefs::Tracefs() : root_(mounted_root()) {
  if (!root_) root_ = detached_root();
  if (!root_) throw no_tracefs(errno);
}

UniqueFd Tracefs::try_open(const std::string& path, int flags) const {
  open_how how{};
  how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  const int fd = static_cast<int>(::syscall(SYS_openat2, root_.get(), path.c_str(), &how, sizeof how));
  // What holds containers may not know openat2; tracefs has no links, and our paths have no "..".
  if (fd < 0 && (errno == ENOSYS || errno == EPERM) && path.find("..") == path.npos && !path.starts_with('/'))
    return UniqueFd(::openat(root_.get(), path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW));
  return UniqueFd(fd);
}

UniqueFd Tracefs::open(const std::string& path, int flags) const {
  auto file = try_open(path, flags);
  if (!file) throw cannot_open(path, errno);
  return file;
}

std::optional<std::string> Tracefs::read_if_there(const std::string& path) const {
  const auto file = try_open(path, O_RDONLY | O_NONBLOCK);
  if (file) return read_all(file.get(), "tracefs/" + path, Stage::kernel);
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  throw cannot_open(path, errno);
}

std::optional<std::string> Tracefs::try_read(const std::string& path) const {
  const auto file = try_open(path, O_RDONLY | O_NONBLOCK);
  if (!file) return std::nullopt;
  try {
    return read_all(file.get(), "tracefs/" + path, Stage::kernel);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::vector<std::string> Tracefs::list(const std::string& path) const {
  std::vector<std::string> names;
  auto folder = try_open(path, O_RDONLY | O_DIRECTORY);
  if (!folder) return names;
  const std::unique_ptr<DIR, CloseFolder> entries(::fdopendir(folder.get()));
  if (entries == nullptr) return names;
  [[maybe_unused]] const int now_of_the_stream = folder.release();
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::string name = entry->d_name;
    if (entry->d_type == DT_DIR && name != "." && name != "..") names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool make_mounts_private() {
  // What others unmount goes here, too: a process that waits must not keep their disks busy.
  return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_SLAVE, nullptr) == 0;
}

void mount_for_tracing_privately() {
  constexpr auto debugfs = "/sys/kernel/debug";
  struct statfs about{};
  const bool has_debugfs = ::statfs(debugfs, &about) == 0 && about.f_type == DEBUGFS_MAGIC;
  if (has_debugfs && mounted_root()) return;
  if (!make_mounts_private()) return;
  if (!has_debugfs) ::mount("debugfs", debugfs, "debugfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
  if (!mounted_root()) ::mount("tracefs", usual_place, "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
}

bool mount_tracefs_privately() {
  if (mounted_root()) return true;
  const auto root = detached_root();
  return root && make_mounts_private() &&
         ::move_mount(root.get(), "", AT_FDCWD, usual_place, MOVE_MOUNT_F_EMPTY_PATH) == 0;
}

}  // namespace sonda
