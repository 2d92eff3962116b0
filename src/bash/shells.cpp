#include "bash/shells.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>
#include <thread>

#include "base/files.h"
#include "base/text.h"
#include "elf/symbols.h"
#include "sonda/error.h"

namespace sonda::bash {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_files = 4096;  // whose nature is remembered

fs::path process_file(pid_t pid, const char* name) { return fmt::format("/proc/{}/{}", pid, name); }

fs::path descriptor_path(const UniqueFd& fd) { return fmt::format("/proc/self/fd/{}", fd.get()); }

std::vector<pid_t> running_processes() {
  std::vector<pid_t> pids;
  std::error_code failed;
  for (fs::directory_iterator entry("/proc", failed), end; !failed && entry != end; entry.increment(failed))
    if (const auto pid = parse_u64(entry->path().filename().native())) pids.push_back(static_cast<pid_t>(*pid));
  if (failed) throw system_error(Stage::attach, "/proc", "the processes there cannot be listed", failed.value());
  return pids;
}

/// Where readline is: in bash itself, or in the library that it is linked to.
fs::path readline_of(const fs::path& bash) {
  const auto file = ElfFile::open(bash);
  if (const auto symbol = file.find("readline"); symbol && symbol->defined) return bash;
  return defining_library(file, "readline").value_or(bash);
}

}  // namespace

std::vector<fs::path> likely_shells() {
  std::vector<fs::path> paths{"/bin/bash"};
  const auto shells = try_read_file("/etc/shells").value_or("");
  for (const auto line : split_lines(shells))
    if (trim(line).starts_with('/')) paths.emplace_back(trim(line));
  const char* path = std::getenv("PATH");
  for (const auto folder : split(path != nullptr ? path : "", ':'))
    if (folder.starts_with('/')) paths.push_back(fs::path(folder) / "bash");
  return paths;
}

bool Shells::File::is(const struct stat& status) const noexcept {
  return changed.tv_sec == status.st_mtim.tv_sec && changed.tv_nsec == status.st_mtim.tv_nsec && size == status.st_size;
}

void Shells::only(const fs::path& path) {
  consider(path, "/");
  if (attached_ > 0) return;
  ElfFile::open(path);  // says what is wrong, if the file is no program at all
  throw Error(Stage::attach, path.string(), "this is not a bash that can be traced: it has no symbol 'cd_builtin'",
              "a bash without dynamic symbols (linked statically) cannot be traced; neither can other shells");
}

void Shells::scan() {
  for (const auto& path : likely_shells()) consider(path, "/");
  for (const auto pid : running_processes()) started(pid);
}

void Shells::started(pid_t pid) { consider(process_file(pid, "exe"), process_file(pid, "root")); }

void Shells::consider(const fs::path& path, const fs::path& root) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
  if (const auto known = files_.find({status.st_dev, status.st_ino}); known != files_.end() && known->second.is(status))
    return;
  // From here on it is this very file, whatever the path leads to later.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd || ::fstat(fd.get(), &status) != 0) return;
  if (files_.size() >= most_files) forget_others();
  auto& file = files_[{status.st_dev, status.st_ino}];
  if (!file.links.empty()) --attached_;
  file = {.changed = status.st_mtim, .size = status.st_size, .links = {}};
  const auto bash = read_bash(descriptor_path(fd));
  if (!bash) return;
  std::error_code ignored;
  const auto name = fs::read_symlink(descriptor_path(fd), ignored).string();
  try {
    attach(*bash, descriptor_path(fd), root, file);
    ++attached_;
    explain_(fmt::format("attached to {}", name));
  } catch (const Error& error) {
    file.links.clear();
    if (error.exit() == Exit::cannot_run || error.stage() == Stage::verify) throw;
    warn_(fmt::format("{} is not traced: {}", name, error.what()));
  }
}

void Shells::attach(const BashBinary& bash, const fs::path& opened, const fs::path& root, File& file) {
  if (bash.strerror.empty()) attach_library(opened, root);
  file.links = attach_uprobes(load_, "visit", opened, bash.spots());
}

// The second choice: the kernel has to put the uprobe into every process that has the C library. Without any, the
// reasons are there all the same, but in the language that bash speaks, and with no number.
void Shells::attach_library(const fs::path& bash, const fs::path& root) {
  try {
    const auto path = defining_library(ElfFile::open(bash), "strerror", root);
    struct stat status{};
    if (!path || ::stat(path->c_str(), &status) != 0) return;
    const FileId id{status.st_dev, status.st_ino};
    if (libraries_.contains(id)) return;
    const auto place = ElfFile::open(*path).find("strerror");
    if (!place || !place->defined) return;
    libraries_.emplace(id, attach_uprobes(load_, "visit", *path, {strerror_spot(place->address)}));
    explain_(fmt::format("attached to strerror of {}", path->string()));
  } catch (const Error& error) {
    if (error.exit() == Exit::cannot_run || error.stage() == Stage::verify) throw;
    explain_(fmt::format("no errno numbers: {}", error.what()));
  }
}

void Shells::forget_others() {
  std::erase_if(files_, [](const auto& entry) { return entry.second.links.empty(); });
}

// Each link waits for a grace period of the kernel. Together they wait for the same one.
void Shells::detach_all() noexcept {
  std::vector<Link*> links;
  try {
    const auto collect = [&links](std::vector<Link>& more) {
      for (auto& link : more) links.push_back(&link);
    };
    for (auto& [id, file] : files_) collect(file.links);
    for (auto& [id, more] : libraries_) collect(more);
    detach_together(links);
  } catch (const std::exception&) {
    return;  // no memory: they detach one by one when they go
  }
}

fs::path attach_classic(Probe& probe, const fs::path& bash) {
  auto readline = readline_of(bash);
  probe.attach_uretprobe(bash, "get_name_for_error", "printerr");
  probe.attach_uretprobe(readline, "readline", "printret");
  probe.attach_uretprobe(bash, "get_string_value", "printret1");
  return readline;
}

}  // namespace sonda::bash
