// Files read whole and written whole.
#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

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
  PendingFile(const std::filesystem::path& final_path, Stage stage)
      : final_(final_path),
        path_((final_path.parent_path() / ("." + final_path.filename().string() + ".XXXXXX")).string()),
        stage_(stage) {
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

/// Throws if something else is at `path`: root could put a file in the place of a device, for all of the machine.
void require_regular(const std::filesystem::path& path, Stage stage) {
  struct stat there{};
  if (::stat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode))
    throw Error(stage, path.string(), kind_of_file(there.st_mode));
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

void require_replaceable(const std::filesystem::path& path, Stage stage) {
  require_regular(path, stage);
  const PendingFile as_a_trial(path, stage);
}

void replace_file(const std::filesystem::path& path, std::span<const std::byte> bytes, Stage stage, unsigned mode) {
  require_regular(path, stage);
  PendingFile pending(path, stage);
  pending.write(bytes, mode);
  pending.move_into_place();
}

Error file_error(Stage stage, const std::filesystem::filesystem_error& error) {
  const auto& path = error.path1();
  return system_error(stage, path.empty() ? "the current folder" : path.string(), "", error.code().value());
}

}  // namespace sonda
