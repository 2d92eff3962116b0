// A folder of our own that goes away by itself, and those of processes that were killed.
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/files.h"

namespace sonda {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view name_start = "sonda-", name_pattern = "sonda-XXXXXX";

/// Whether another user could rename what we make in `folder`.
bool is_exposed(const std::filesystem::path& folder) {
  struct stat info{};
  if (::stat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) return true;
  const bool others_write = (info.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  return (others_write && (info.st_mode & S_ISVTX) == 0) || (info.st_uid != 0 && info.st_uid != ::geteuid());
}

std::vector<std::string> temporary_folders() {
  std::vector<std::string> folders{"/run"};
  if (const char* chosen = ::secure_getenv("TMPDIR"); chosen != nullptr && *chosen == '/' && ::geteuid() != 0)
    folders.emplace_back(chosen);
  folders.emplace_back("/tmp");
  folders.emplace_back("/dev/shm");
  return folders;
}

/// Whether both are the same folder, which nobody has removed meanwhile.
bool is_still_there(int folder, const fs::path& path) {
  struct stat held{}, named{};
  return ::fstat(folder, &held) == 0 && ::lstat(path.c_str(), &named) == 0 && held.st_dev == named.st_dev &&
         held.st_ino == named.st_ino;
}

/// The folder, locked; none if another process has it, or if it is not ours alone.
UniqueFd lock_own(const fs::path& path) {
  UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat info{};
  if (!folder || ::fstat(folder.get(), &info) != 0 || info.st_uid != ::geteuid() || (info.st_mode & 077) != 0)
    return {};
  if (::flock(folder.get(), LOCK_EX | LOCK_NB) != 0 || !is_still_there(folder.get(), path)) return {};
  return folder;
}

/// Removes those that nobody holds any more. None is in use: each is locked as long as its process lives.
void sweep(const fs::path& among) {
  std::error_code failed;
  for (fs::directory_iterator entry(among, failed), end; !failed && entry != end; entry.increment(failed)) {
    const auto name = entry->path().filename().string();
    if (name.size() != name_pattern.size() || !name.starts_with(name_start)) continue;
    std::error_code ignored;
    if (const auto left_behind = lock_own(entry->path())) fs::remove_all(entry->path(), ignored);
  }
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  constexpr int most_tries = 8;
  int reason = EACCES;
  const auto folders = temporary_folders();
  for (const auto& folder : folders) {
    if (is_exposed(folder)) continue;
    sweep(folder);
    // Another process that sweeps can take it before it is locked; then it is gone, and the next one is made.
    for (int i = 0; i < most_tries; ++i) {
      auto name = fmt::format("{}/{}", folder, name_pattern);
      if (::mkdtemp(name.data()) == nullptr) {
        reason = errno;
        break;
      }
      lock_ = lock_own(name);
      if (!lock_) continue;
      path_ = name;
      return;
    }
  }
  throw system_error(Stage::compile, fmt::format("{}", fmt::join(folders, ", ")), "cannot make a temporary folder",
                     reason, "one of them must be writable and have room");
}

TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace sonda
