// The kernel's tracing files, whether or not tracefs is mounted.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sonda/fd.h"

namespace sonda {

/// A tracefs: the mounted one, or one of our own that no other process sees and that goes with this object.
class Tracefs {
 public:
  /// Throws Error(Stage::kernel), with Exit::cannot_run where the kernel has no tracefs or the user may not have it.
  Tracefs();

  /// Opens the file `path`, relative to the root of tracefs and never outside of it; `flags` as for open(2).
  /// Throws Error(Stage::kernel).
  UniqueFd open(const std::string& path, int flags) const;
  /// The text of a file; nothing if there is no such file. Throws Error(Stage::kernel) if it cannot be read for another
  /// reason.
  std::optional<std::string> read_if_there(const std::string& path) const;
  /// The same, but nothing whatever the reason is.
  std::optional<std::string> try_read(const std::string& path) const;
  /// Names of the folders in the folder `path`, sorted; empty if there is no such folder.
  std::vector<std::string> list(const std::string& path) const;

 private:
  UniqueFd try_open(const std::string& path, int flags) const;

  UniqueFd root_;
};

/// Gives this process a mount namespace of its own: what it mounts from here on, only it and its children see. Only for
/// a process that has one thread. False if the kernel refuses.
bool make_mounts_private();

/// Mounts tracefs at /sys/kernel/tracing for this process and its children alone, in a mount namespace of their own, if
/// it is not mounted; for libraries that look for it there. Only for a process that has one thread. False, and nothing
/// changed that others see, if the kernel refuses.
bool mount_tracefs_privately();

/// The same with debugfs at /sys/kernel/debug, for programs that look for it there.
void mount_for_tracing_privately();

}  // namespace sonda
