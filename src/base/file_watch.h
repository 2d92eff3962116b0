// Files that editors save, one way or another.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sonda/fd.h"

namespace sonda {

/// Tells when one of some files was saved: written in place, or by another that was renamed to its name, whatever
/// happens to backups around it. It waits until the writer has closed the file, and a moment for what belongs to the
/// same saving; a writer that keeps the file open is waited for until it rests. Folders are watched, not files, so a
/// file may go and come back; so may its folder.
class FileWatch {
 public:
  /// Throws Error(Stage::source) if the kernel lets no more be watched.
  explicit FileWatch(std::vector<std::filesystem::path> files);

  /// Watches these files from now on.
  void watch(std::vector<std::filesystem::path> files);

  /// Readable when changed() is to be asked. Borrowed.
  int fd() const noexcept { return both_.get(); }
  /// Whether files were saved, or have gone, since it last said so.
  bool changed();

 private:
  using Clock = std::chrono::steady_clock;
  struct Folder {
    std::filesystem::path path;
    std::vector<std::string> names;
    int number = -1;  ///< inotify's; -1: the folder is not there
  };

  void add_name(const std::filesystem::path& file);
  bool look_for_folders();
  void read_events();
  void note(const Folder& folder, std::uint32_t what, std::string_view name);
  void note_within(std::chrono::milliseconds time);
  void set_timer();

  UniqueFd events_, timer_, both_;
  std::vector<std::filesystem::path> files_;
  std::vector<Folder> folders_;
  std::optional<Clock::time_point> due_;  ///< when what was noted counts as whole
};

}  // namespace sonda
