// Users, above all the one who called sudo, and doing things as that user.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <vector>

namespace sonda {

/// Who called sudo, by its SUDO_UID; whoever this process is.
std::optional<uid_t> sudo_uid();

/// What the password file says of a user.
struct KnownUser {
  uid_t uid = 0;
  gid_t gid = 0;               ///< the user's own group
  std::filesystem::path home;  ///< absolute; empty if the password file names none
};

/// Nothing if the password file has no such user.
std::optional<KnownUser> known_user(uid_t uid);

/// Nothing unless this process is root and another user's sudo started it.
std::optional<KnownUser> sudo_user();

/// While it lives, files are reached and made with the rights of the user who called sudo: root neither follows that
/// user's links to places of its own nor leaves files that the user cannot change. Does nothing without such a user.
/// For a process that has one thread; not nested.
class AsSudoUser {
 public:
  /// Throws Error(Stage::source) if the kernel refuses.
  AsSudoUser();
  AsSudoUser(const AsSudoUser&) = delete;
  AsSudoUser& operator=(const AsSudoUser&) = delete;
  /// Ends the process rather than going on with half of its rights.
  ~AsSudoUser();

 private:
  bool changed_ = false;
  gid_t group_ = 0;
  std::vector<gid_t> groups_;
};

}  // namespace sonda
