// Files read and written with care.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sonda/error.h"
#include "sonda/fd.h"

namespace sonda {

/// The whole file. Throws Error(stage, path, reason) if it cannot be read, is not a regular file, or is larger than
/// `limit` bytes.
std::string read_file(const std::filesystem::path& path, Stage stage, std::size_t limit = 64UL << 20);
/// The same, or nothing.
std::optional<std::string> try_read_file(const std::filesystem::path& path, std::size_t limit = 64UL << 20);
/// All that can be read from `fd` (files of /proc and /sys tell no size), up to `limit` bytes; throws as read_file
/// does.
std::string read_all(int fd, const std::string& subject, Stage stage, std::size_t limit = 64UL << 20);

/// All of `bytes`; throws Error(stage, subject, reason).
void write_all(int fd, std::span<const std::byte> bytes, const std::string& subject, Stage stage);

/// Writes a file whole beside its place, then renames it there, so that a reader sees the old one or the new one.
/// Throws Error(stage, path, reason) and leaves nothing behind; so also if something is there that is no regular file,
/// or a link to such.
void replace_file(const std::filesystem::path& path, std::span<const std::byte> bytes, Stage stage,
                  unsigned mode = 0600);

/// For a file that is written when much else is done: throws, as replace_file() would, what can be known before. A
/// link is not followed: the file takes its place.
void require_replaceable(const std::filesystem::path& path, Stage stage);

/// Of files that users name for what is shown to them.
inline constexpr unsigned for_everybody = 0644;

/// When run as root: throws Error(Stage::source) if somebody else could write `path` or a folder on the way to it.
/// Allowed owners are root and the user who called sudo; a sticky folder such as /tmp is fine.
void require_trusted(const std::filesystem::path& path);

/// Whose files may be believed.
enum class TrustedOwners { root, root_and_sudo_user };
/// Who else could write `path` or a folder on the way to it (what does not exist yet is nobody's), as a clause; empty
/// if nobody could.
std::string untrusted_because(const std::filesystem::path& path, TrustedOwners trusted);

/// A folder of our own that is removed with all it holds when this goes. It is locked while this lives; what a process
/// that was killed left behind has no lock any more, and the next one made by the same user removes it.
class TemporaryFolder {
 public:
  /// In the first of /run, TMPDIR (not as root), /tmp, /dev/shm that can be written; mode 0700.
  /// Throws Error(Stage::compile).
  TemporaryFolder();
  TemporaryFolder(TemporaryFolder&&) noexcept;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
  UniqueFd lock_;
};

/// The same error in our words, and not the standard library's.
Error file_error(Stage stage, const std::filesystem::filesystem_error& error);

}  // namespace sonda
