// Where a student's own copies are, and how far the course is.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "cli/learn/lesson.h"

namespace sonda::learn {

/// All that it does to files it does, under sudo, as the user who called it.
class StudentFolder {
 public:
  /// `chosen` by --folder; else the user's folder for data. Throws Error(Stage::usage) without a home.
  explicit StudentFolder(const std::string& chosen);

  const std::filesystem::path& path() const noexcept { return path_; }
  /// The student's copy of the lesson's probe; it need not be there.
  std::filesystem::path probe(const Lesson& lesson) const { return path_ / (lesson.full_name() + ".c"); }
  /// The other probe, for a lesson of two.
  std::filesystem::path partner(const Lesson& lesson) const { return path_ / (lesson.full_name() + "-partner.c"); }
  bool has_probe(const Lesson& lesson) const;

  /// Puts a copy of what the lesson begins with there, unless there is one. Whether it did.
  /// Throws Error(Stage::source) if it cannot.
  bool lay_out(const Lesson& lesson) const;
  /// The same in place of what is there, which is kept under the name that is returned; empty if it was as new.
  std::filesystem::path reset(const Lesson& lesson) const;
  /// Whether the copy differs from what the lesson begins with.
  bool is_edited(const Lesson& lesson) const;

  /// Writes a file of this folder, which is made if need be. Throws Error(Stage::source).
  void write(const std::filesystem::path& file, std::string_view text) const;

 private:
  std::filesystem::path path_;
};

/// Which lessons are done. Kept in progress.json of the student's folder.
class CourseProgress {
 public:
  /// Reads it. A file that cannot be understood is no error: damage() then says what is wrong with it, and it is put
  /// aside before the next one is written. Borrows `folder`.
  explicit CourseProgress(const StudentFolder& folder);

  bool passed(const Lesson& lesson) const;
  unsigned attempts(const Lesson& lesson) const;
  /// The lesson that was opened or checked last, by its full name; empty if none was.
  const std::string& current() const noexcept { return current_; }
  const std::string& damage() const noexcept { return damage_; }

  void open(const Lesson& lesson) { current_ = lesson.full_name(); }
  void attempt(const Lesson& lesson, bool passed);
  void forget(const Lesson& lesson) { lessons_.erase(lesson.full_name()); }
  /// Throws Error(Stage::source).
  void save();

 private:
  struct State {
    bool passed = false;
    unsigned attempts = 0;
  };
  void read(const std::string& text);
  std::filesystem::path file() const { return folder_.path() / "progress.json"; }

  const StudentFolder& folder_;
  std::map<std::string, State> lessons_;
  std::string current_, damage_;
};

}  // namespace sonda::learn
