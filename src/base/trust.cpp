// Who could have written a file that root is about to believe.
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/sudo_user.h"

namespace sonda {
namespace {

namespace fs = std::filesystem;

/// Whether `gid` is the group that belongs to user `uid` alone, as many distributions make one for every user.
bool is_own_group(gid_t gid, uid_t uid) {
  std::vector<char> group_space(65536), user_space(65536);
  group group_entry{};
  passwd user_entry{};
  group* g = nullptr;
  passwd* user = nullptr;
  if (::getgrgid_r(gid, &group_entry, group_space.data(), group_space.size(), &g) != 0 || g == nullptr) return false;
  if (::getpwuid_r(uid, &user_entry, user_space.data(), user_space.size(), &user) != 0 || user == nullptr) return false;
  const std::string_view name = user->pw_name;
  if (user->pw_gid != gid || name != g->gr_name) return false;
  for (char** member = g->gr_mem; *member != nullptr; ++member)
    if (name != *member) return false;
  return true;
}

bool has_access_list(const fs::path& path) {
  return ::lgetxattr(path.c_str(), "system.posix_acl_access", nullptr, 0) > 0;
}

/// Why others could change what stands at `path`; empty if they could not.
std::string weakness(const fs::path& path, const struct stat& info, const std::vector<uid_t>& owners) {
  if (std::ranges::find(owners, info.st_uid) == owners.end())
    return fmt::format("{} belongs to user {}, who could change it", path.string(), info.st_uid);
  if (S_ISLNK(info.st_mode) || (S_ISDIR(info.st_mode) && (info.st_mode & S_ISVTX) != 0)) return {};
  if ((info.st_mode & S_IWOTH) != 0) return fmt::format("everybody could write {}", path.string());
  if ((info.st_mode & S_IWGRP) != 0 && (has_access_list(path) || !is_own_group(info.st_gid, info.st_uid)))
    return fmt::format("group {} could write {}", info.st_gid, path.string());
  return {};
}

/// The components of `path`, put before what is still to be walked.
void push_front(std::deque<fs::path>& rest, const fs::path& path) {
  std::vector<fs::path> parts;
  for (const auto& part : path.relative_path())
    if (!part.empty() && part != ".") parts.push_back(part);
  rest.insert(rest.begin(), parts.begin(), parts.end());
}

}  // namespace

std::string untrusted_because(const fs::path& path, TrustedOwners trusted) {
  std::vector<uid_t> owners{0};
  if (const auto user = sudo_uid(); user && trusted == TrustedOwners::root_and_sudo_user) owners.push_back(*user);

  // Every step that the kernel would take is looked at, also those through symbolic links.
  std::error_code failed;
  const auto whole = fs::absolute(path, failed);
  if (failed) return "the current folder cannot be told";
  std::deque<fs::path> rest;
  push_front(rest, whole);
  fs::path here = "/";
  constexpr int most_links = 40;
  for (int links = 0;;) {
    struct stat info{};
    if (::lstat(here.c_str(), &info) != 0) {
      if (errno == ENOENT) return {};  // nothing there; whoever may make it was looked at in its folder
      return fmt::format("{} cannot be looked at", here.string());
    }
    if (auto why = weakness(here, info, owners); !why.empty()) return why;
    if (S_ISLNK(info.st_mode)) {
      if (++links > most_links) return fmt::format("too many symbolic links on the way to {}", path.string());
      const auto target = fs::read_symlink(here, failed);
      if (failed) return fmt::format("{} cannot be read", here.string());
      push_front(rest, target);
      here = target.is_absolute() ? fs::path("/") : here.parent_path();
    }
    if (rest.empty()) return {};
    here = rest.front() == ".." ? here.parent_path() : here / rest.front();
    rest.pop_front();
  }
}

void require_trusted(const fs::path& path) {
  if (::geteuid() != 0) return;
  if (auto why = untrusted_because(path, TrustedOwners::root_and_sudo_user); !why.empty())
    throw Error(Stage::source, path.string(), why + ", and root would run it",
                "give it to root or to yourself and take write permission from group and others (chown, chmod go-w)");
}

}  // namespace sonda
