#include "attach/find_binary.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/files.h"
#include "base/text.h"
#include "elf/mapped_files.h"
#include "sonda/attach_point.h"

namespace sonda {
namespace {

/// Where `path` of a process leads to, which may not lead out of its root folder.
UniqueFd open_below(const std::filesystem::path& root, const std::filesystem::path& path) {
  const UniqueFd folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return {};
  open_how how{};
  how.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT;
  return UniqueFd(static_cast<int>(::syscall(SYS_openat2, folder.get(), path.c_str(), &how, sizeof how)));
}

/// Programs, where a shell would find them. What runs as root looks where only root can put something.
std::vector<std::filesystem::path> program_folders() {
  const char* path = ::geteuid() == 0 ? nullptr : ::secure_getenv("PATH");
  std::vector<std::filesystem::path> folders;
  for (const auto part :
       split(path != nullptr ? path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ':'))
    if (part.starts_with('/')) folders.emplace_back(part);
  return folders;
}

class FileSearch {
 public:
  FileSearch(std::string name, pid_t pid, const std::string& subject)
      : name_(std::move(name)), pid_(pid), subject_(subject) {}

  ElfFile find() const {
    if (pid_ != all_pids) {
      if (auto own = in_process()) return std::move(*own);
      if (root_of(pid_) != "/") refuse_unmapped();
    }
    for (const auto& folder : program_folders())
      if (const auto path = folder / name_; ::access(path.c_str(), X_OK) == 0 && !std::filesystem::is_directory(path))
        return ElfFile::open(path);
    const auto libraries = libraries_called(name_);
    if (libraries.size() == 1) return ElfFile::open(libraries.front());
    if (libraries.empty()) refuse_missing();
    std::vector<std::string> names;
    for (const auto& path : libraries) names.push_back(path.string());
    throw Error(Stage::attach, subject_, fmt::format("several libraries are called '{}'", name_),
                "name one of them: " + join(names, ", "));
  }

 private:
  bool is_called(const std::string& path) const {
    return is_library_called(std::filesystem::path(path).filename().string(), name_);
  }

  /// The file itself that the process has mapped, even if its path leads to another one by now.
  std::optional<ElfFile> in_process() const {
    for (const auto& mapping : mappings()) {
      if (!is_called(mapping.path)) continue;
      const auto link = fmt::format("/proc/{}/map_files/{:x}-{:x}", pid_, mapping.start, mapping.end);
      UniqueFd file(::open(link.c_str(), O_RDONLY | O_CLOEXEC));
      if (!file) file = open_below(fmt::format("/proc/{}/root", pid_), mapping.path);
      if (!file) throw system_error(Stage::attach, subject_, fmt::format("cannot open {}", mapping.path), errno);
      const auto root = root_of(pid_);
      return ElfFile::opened(root / std::filesystem::path(mapping.path).relative_path(), std::move(file));
    }
    return std::nullopt;
  }

  std::vector<Mapping> mappings() const {
    const auto text = try_read_file(fmt::format("/proc/{}/maps", pid_));
    if (!text) throw Error(Stage::attach, subject_, fmt::format("there is no process {}", pid_));
    std::vector<Mapping> found;
    for (const auto line : split_lines(*text))
      if (auto mapping = parse_mapping(line); mapping && mapping->code && mapping->path.starts_with('/'))
        found.push_back(std::move(*mapping));
    return found;
  }

  [[noreturn]] void refuse_unmapped() const {
    std::vector<std::string> files;
    for (const auto& mapping : mappings()) files.push_back(std::filesystem::path(mapping.path).filename().string());
    throw Error(Stage::attach, subject_, fmt::format("process {} has mapped no file called '{}'", pid_, name_),
                did_you_mean(name_, files, fmt::format("it has mapped {}", join(files, ", "))));
  }

  [[noreturn]] void refuse_missing() const {
    std::error_code none;
    if (std::filesystem::exists(name_, none))
      throw Error(Stage::attach, subject_, fmt::format("there is no program or library called '{}'", name_),
                  fmt::format("the file of that name in this folder is written ./{}", name_));
    auto names = library_names();
    for (const auto& folder : program_folders())
      for (std::filesystem::directory_iterator entry(folder, none), end; !none && entry != end; entry.increment(none))
        names.push_back(entry->path().filename().string());
    std::ranges::sort(names);
    names.erase(std::ranges::unique(names).begin(), names.end());
    throw Error(Stage::attach, subject_, fmt::format("there is no program or library called '{}'", name_),
                did_you_mean(name_, names, "give its path; ldconfig -p lists the libraries that have names"));
  }

  std::string name_;
  pid_t pid_;
  const std::string& subject_;
};

}  // namespace

std::filesystem::path root_of(pid_t pid) {
  if (pid == all_pids) return "/";
  struct stat ours{}, its{};
  auto root = std::filesystem::path(fmt::format("/proc/{}/root", pid));
  if (::stat((root / ".").c_str(), &its) != 0 || ::stat("/", &ours) != 0) return "/";
  if (ours.st_dev != its.st_dev || ours.st_ino != its.st_ino) return root;
  // The same folder may have other file systems mounted below it.
  std::error_code none;
  const auto namespace_of = [&](const std::string& who) {
    return std::filesystem::read_symlink("/proc/" + who + "/ns/mnt", none);
  };
  return namespace_of(std::to_string(pid)) == namespace_of("self") ? std::filesystem::path("/") : root;
}

ElfFile open_binary(const std::filesystem::path& binary, pid_t pid, const std::string& subject) {
  const auto& text = binary.native();
  if (text.empty()) throw Error(Stage::attach, subject, "the binary's name is empty");
  if (text.find('/') == text.npos) return FileSearch(text, pid, subject).find();
  const auto root = root_of(pid);
  if (root == "/" || !binary.is_absolute() || text.starts_with("/proc/")) return ElfFile::open(binary);
  auto file = open_below(root, binary);
  if (!file)
    throw system_error(Stage::attach, (root / binary.relative_path()).string(), "cannot open the binary", errno,
                       fmt::format("process {} has a root folder of its own, where the path is looked up", pid));
  return ElfFile::opened(root / binary.relative_path(), std::move(file));
}

}  // namespace sonda
