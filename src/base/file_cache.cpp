// A cache folder and its files: checked before they are believed, replaced whole, bounded in number.
#include "base/file_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

#include "base/files.h"
#include "sonda/fd.h"

namespace sonda {
namespace {

namespace fs = std::filesystem;

void tell(const Trace& trace, std::string_view line) {
  if (trace) trace(line);
}

Error refused(const fs::path& path, std::string cause) { return {Stage::cache, path.string(), std::move(cause)}; }
Error failed(const fs::path& path, std::string_view doing) {
  return system_error(Stage::cache, path.string(), doing, errno);
}

void make_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) throw failed(folder, "cannot make it");
}

// Throws unless the folder is there and nobody but this user can look into it.
void require_private_folder(const fs::path& folder) {
  make_folder(folder);
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd && (errno == ENOTDIR || errno == ELOOP))
    throw refused(folder, "it is not a folder, or a symbolic link to one");
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0) throw failed(folder, "cannot open it");
  if (info.st_uid != ::geteuid())
    throw refused(folder, fmt::format("it belongs to user {}, not to user {}", info.st_uid, ::geteuid()));
  if ((info.st_mode & 077) != 0 && ::fchmod(fd.get(), 0700) != 0) throw failed(folder, "cannot make it private");
}

struct CachedFile {
  fs::path path;
  fs::file_time_type used;
  std::uintmax_t size = 0;
};

// What is in the folder, last used first. Files that go meanwhile are passed over.
std::vector<CachedFile> files_in(const fs::path& folder) {
  std::vector<CachedFile> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code gone;
    if (entry->symlink_status(gone).type() != fs::file_type::regular) continue;
    const auto used = entry->last_write_time(gone);
    if (gone) continue;
    const auto size = entry->file_size(gone);
    if (!gone) files.push_back({entry->path(), used, size});
  }
  std::sort(files.begin(), files.end(), [](const CachedFile& a, const CachedFile& b) { return a.used > b.used; });
  return files;
}

}  // namespace

std::optional<FileCache> FileCache::open(const std::optional<fs::path>& cache_folder, Kind kind, Trace trace) {
  if (!cache_folder) {
    tell(trace, fmt::format("no {} cache: there is no home folder that is this user's alone", kind.what));
    return std::nullopt;
  }
  try {
    make_folder(cache_folder->parent_path());
    require_private_folder(*cache_folder);
    auto folder = *cache_folder / kind.folder;
    require_private_folder(folder);
    return FileCache(std::move(folder), std::move(kind), std::move(trace));
  } catch (const Error& error) {
    tell(trace, fmt::format("no {} cache: {}: {}", kind.what, error.subject(), error.cause()));
    return std::nullopt;
  }
}

// The file's bytes, or nothing if there is no such file. Throws if the file is not surely our own.
std::optional<std::string> FileCache::read(const std::string& name) const {
  const auto path = folder_ / name;
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd && errno == ENOENT) return std::nullopt;
  if (!fd && errno == ELOOP) throw refused(path, "it is a symbolic link");
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0) throw failed(path, "cannot open it");
  if (!S_ISREG(info.st_mode)) throw refused(path, "it is not a regular file");
  if (info.st_uid != ::geteuid()) throw refused(path, fmt::format("it belongs to user {}", info.st_uid));
  if ((info.st_mode & 022) != 0) throw refused(path, "others can write it");
  auto bytes = read_all(fd.get(), path.string(), Stage::cache, kind_.most_bytes);
  // The time of the last use decides what goes when there is no more room; not knowing it does no harm.
  static_cast<void>(::futimens(fd.get(), nullptr));
  return bytes;
}

void FileCache::discard(const std::string& name, const Error& error) const {
  const auto path = folder_ / name;
  const bool removed = ::unlink(path.c_str()) == 0;
  tell(trace_, fmt::format("cached {} {} is not used{}: {}", kind_.what, path.string(),
                           removed ? " and was removed" : "", error.cause()));
}

void FileCache::store(const std::string& name, std::span<const std::byte> bytes) const {
  const auto path = folder_ / name;
  try {
    if (bytes.size() > kind_.most_bytes) throw refused(path, "it is larger than the whole cache");
    replace_file(path, bytes, Stage::cache);
    make_room();
  } catch (const Error& error) {
    tell(trace_, fmt::format("the {} is not kept: {}: {}", kind_.what, error.subject(), error.cause()));
  }
}

void FileCache::make_room() const {
  std::size_t files = 0;
  std::uintmax_t bytes = 0;
  for (const auto& file : files_in(folder_)) {
    ++files;
    bytes += file.size;
    std::error_code ignored;
    if (files > kind_.most_files || bytes > kind_.most_bytes) fs::remove(file.path, ignored);
  }
}

}  // namespace sonda
