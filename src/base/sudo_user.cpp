// Rights put down for a while, and taken up again.
#include "base/sudo_user.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <exception>
#include <string>

#include "base/text.h"
#include "sonda/error.h"

namespace sonda {

std::optional<uid_t> sudo_uid() {
  const char* text = ::secure_getenv("SUDO_UID");
  const auto uid = parse_u64(text == nullptr ? "" : text);
  if (!uid || *uid > 0xfffffffe) return std::nullopt;
  return static_cast<uid_t>(*uid);
}

std::optional<KnownUser> known_user(uid_t uid) {
  std::vector<char> space(65536);
  passwd entry{};
  passwd* user = nullptr;
  if (::getpwuid_r(uid, &entry, space.data(), space.size(), &user) != 0 || user == nullptr) return std::nullopt;
  const std::string home = user->pw_dir != nullptr && *user->pw_dir == '/' ? user->pw_dir : "";
  return KnownUser{.uid = uid, .gid = user->pw_gid, .home = home};
}

std::optional<KnownUser> sudo_user() {
  const auto uid = sudo_uid();
  return ::geteuid() == 0 && uid && *uid != 0 ? known_user(*uid) : std::nullopt;
}

AsSudoUser::AsSudoUser() : group_(::getegid()) {
  const auto user = sudo_user();
  if (!user) return;
  const auto refuse = [] { throw system_error(Stage::source, "sudo", "cannot act as the user who called it", errno); };
  const int count = ::getgroups(0, nullptr);
  if (count < 0) refuse();
  groups_.resize(static_cast<std::size_t>(count));
  if (::getgroups(count, groups_.data()) < 0) refuse();
  if (::setgroups(1, &user->gid) != 0) refuse();
  changed_ = true;
  if (::setegid(user->gid) == 0 && ::seteuid(user->uid) == 0) return;
  const int reason = errno;
  if (::setegid(group_) != 0 || ::setgroups(groups_.size(), groups_.data()) != 0) std::terminate();
  errno = reason;
  refuse();
}

AsSudoUser::~AsSudoUser() {
  if (!changed_) return;
  if (::seteuid(0) != 0 || ::setegid(group_) != 0 || ::setgroups(groups_.size(), groups_.data()) != 0) std::terminate();
}

}  // namespace sonda
