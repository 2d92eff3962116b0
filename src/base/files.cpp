// Files read whole, written whole, and a folder that goes away by itself.
#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>
#include <vector>

namespace sonda {
namespace {

std::string kind_of_file(mode_t mode) {
  if (S_ISDIR(mode)) return "it is a folder";
  if (S_ISFIFO(mode)) return "it is a pipe";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "it is a device";
  return "it is not a regular file";
}

Error too_large(Stage stage, const std::string& subject, std::size_t limit) {
  return {stage, subject, fmt::format("it is larger than {} bytes, the most that is read", limit)};
}

/// A file beside its final place; removed unless it was moved there.
class PendingFile {
 public:
  PendingFile(const std::filesystem::path& final_path, Stage stage) : final_(final_path), stage_(stage) {
    path_ = (final_path.parent_path() / ("." + final_path.filename().string() + ".XXXXXX")).string();
    fd_.reset(::mkostemp(path_.data(), O_CLOEXEC));
    if (!fd_) throw failure("cannot create a file beside it", errno);
  }
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;
  ~PendingFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  void write(std::span<const std::byte> bytes, unsigned mode) {
    if (::fchmod(fd_.get(), mode) != 0) throw failure("cannot set its mode", errno);
    write_all(fd_.get(), bytes, final_.string(), stage_);
    // Some file systems tell only now that the disk is full.
    if (::close(fd_.release()) != 0) throw failure("cannot write", errno);
  }

  void move_into_place() {
    if (::rename(path_.c_str(), final_.c_str()) != 0) throw failure("cannot put the new file in its place", errno);
    path_.clear();
  }

 private:
  Error failure(std::string_view doing, int error) const { return system_error(stage_, final_.string(), doing, error); }

  std::filesystem::path final_;
  std::string path_;
  UniqueFd fd_;
  Stage stage_;
};

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

}  // namespace

std::string read_all(int fd, const std::string& subject, Stage stage, std::size_t limit) {
  std::string text;
  std::array<char, 65536> part;  // NOLINT(cppcoreguidelines-pro-type-member-init): read(2) fills it
  for (;;) {
    const auto n = ::read(fd, part.data(), part.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw system_error(stage, subject, "cannot read", errno);
    if (n == 0) return text;
    if (static_cast<std::size_t>(n) > limit - text.size()) throw too_large(stage, subject, limit);
    text.append(part.data(), static_cast<std::size_t>(n));
  }
}

std::string read_file(const std::filesystem::path& path, Stage stage, std::size_t limit) {
  // Non-blocking, so that a pipe in the file's place cannot make us wait for its other end.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) throw system_error(stage, path.string(), "cannot open", errno);
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) throw system_error(stage, path.string(), "cannot look at it", errno);
  if (!S_ISREG(info.st_mode)) throw Error(stage, path.string(), kind_of_file(info.st_mode));
  if (static_cast<std::uint64_t>(info.st_size) > limit) throw too_large(stage, path.string(), limit);
  return read_all(fd.get(), path.string(), stage, limit);
}

std::optional<std::string> try_read_file(const std::filesystem::path& path, std::size_t limit) {
  try {
    return read_file(path, Stage::read, limit);
  } catch (const Error&) {
    return std::nullopt;
  }
}

void write_all(int fd, std::span<const std::byte> bytes, const std::string& subject, Stage stage) {
  while (!bytes.empty()) {
    const auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw system_error(stage, subject, "cannot write", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

void replace_file(const std::filesystem::path& path, std::span<const std::byte> bytes, Stage stage, unsigned mode) {
  // Root could put a file in the place of a device, for all of the machine.
  struct stat there{};
  if (::stat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode))
    throw Error(stage, path.string(), kind_of_file(there.st_mode));
  PendingFile pending(path, stage);
  pending.write(bytes, mode);
  pending.move_into_place();
}

TemporaryFolder::TemporaryFolder() {
  int reason = EACCES;
  const auto folders = temporary_folders();
  for (const auto& folder : folders) {
    if (is_exposed(folder)) continue;
    auto name = folder + "/sonda-XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) {
      path_ = name;
      return;
    }
    reason = errno;
  }
  throw system_error(Stage::compile, fmt::format("{}", fmt::join(folders, ", ")), "cannot make a temporary folder",
                     reason, "one of them must be writable and have room");
}

TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace sonda
