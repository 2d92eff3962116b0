// Every bash of the machine: found by what its file contains, attached once for each file.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bash/bash_binary.h"
#include "sonda/link.h"
#include "sonda/probe.h"

namespace sonda::bash {

/// Where a bash that may be started soon would be: those of /etc/shells and of the PATH. Paths may repeat, and be of
/// other shells or of nothing.
std::vector<std::filesystem::path> likely_shells();

/// Keeps the probe attached to every file that is a bash, under whatever name and in whatever container. Files are told
/// apart by device and inode, so a copy is another one and a link is not.
class Shells {
 public:
  using Say = std::function<void(std::string)>;

  /// `load` gives the programs to attach. `explain` is told what is attached; `warn` what could not be.
  Shells(LoadProgram load, Say explain, Say warn)
      : load_(std::move(load)), explain_(std::move(explain)), warn_(std::move(warn)) {}
  Shells(const Shells&) = delete;
  Shells& operator=(const Shells&) = delete;
  ~Shells() { detach_all(); }

  /// Attaches to `path` and nothing else. Throws Error(Stage::attach) if it is not a bash.
  void only(const std::filesystem::path& path);
  /// Attaches to those that could be started soon (listed in /etc/shells, or on the PATH) and those that are running.
  void scan();
  /// Looks at what `pid` runs now.
  void started(pid_t pid);

  void detach_all() noexcept;

  /// Files that are attached.
  std::size_t count() const noexcept { return attached_; }

 private:
  struct FileId {
    dev_t device = 0;
    ino_t inode = 0;
    auto operator<=>(const FileId&) const = default;
  };
  struct File {
    timespec changed{};
    off_t size = 0;
    std::vector<Link> links;  ///< empty: not a bash

    bool is(const struct stat& status) const noexcept;
  };

  /// `root` is where the paths that the file names begin. Throws Error only for a lack of privilege.
  void consider(const std::filesystem::path& path, const std::filesystem::path& root);
  void attach(const BashBinary& bash, const std::filesystem::path& opened, const std::filesystem::path& root,
              File& file);
  void attach_library(const std::filesystem::path& bash, const std::filesystem::path& root);
  void forget_others();

  LoadProgram load_;
  Say explain_, warn_;
  std::map<FileId, File> files_;
  std::map<FileId, std::vector<Link>> libraries_;  ///< C libraries whose strerror is attached
  std::size_t attached_ = 0;
};

/// For the first version's way (cdsnoop --classic): attaches its probe to the three functions; returns the file that
/// readline was found in.
std::filesystem::path attach_classic(Probe& probe, const std::filesystem::path& bash);

}  // namespace sonda::bash
