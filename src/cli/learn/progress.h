// Which lessons are done.
#pragma once

#include <map>
#include <string>

#include "cli/learn/lesson.h"
#include "cli/learn/student_folder.h"

namespace sonda::learn {

/// Kept in progress.json of the student's folder.
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

  void open(const Lesson& lesson);
  void attempt(const Lesson& lesson, bool passed);
  void forget(const Lesson& lesson);
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
