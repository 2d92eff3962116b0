#include "cli/learn/student_folder.h"

#include <fmt/format.h>

#include <span>
#include <system_error>

#include "base/files.h"
#include "base/locations.h"
#include "base/sudo_user.h"
#include "sonda/error.h"

namespace sonda::learn {
namespace {

namespace fs = std::filesystem;

fs::path default_folder() {
  if (const auto data = user_data()) return *data / "learn";
  throw Error(Stage::usage, "--folder", "there is no home folder that is yours to keep your probes in",
              "name a folder: sonda learn --folder FOLDER");
}

/// Whether something is there, also a link that leads nowhere.
bool is_there(const fs::path& path) {
  std::error_code failed;
  return fs::symlink_status(path, failed).type() != fs::file_type::not_found;
}

/// The first of NAME.old, NAME.old2, ... that is free.
fs::path free_name(const fs::path& file) {
  for (int number = 1;; ++number) {
    auto name = file;
    name += number == 1 ? ".old" : fmt::format(".old{}", number);
    if (!is_there(name)) return name;
  }
}

}  // namespace

StudentFolder::StudentFolder(const std::string& chosen)
    : path_(chosen.empty() ? default_folder() : fs::absolute(chosen).lexically_normal()) {}

fs::path StudentFolder::probe(const Lesson& lesson) const { return path_ / (lesson.full_name() + ".c"); }

fs::path StudentFolder::partner(const Lesson& lesson) const { return path_ / (lesson.full_name() + "-partner.c"); }

bool StudentFolder::has_probe(const Lesson& lesson) const {
  const AsSudoUser user;
  return is_there(probe(lesson));
}

bool StudentFolder::lay_out(const Lesson& lesson) const {
  if (lesson.has_partner()) lay_out_partner(lesson);
  if (has_probe(lesson)) return false;
  write(probe(lesson), read_file(lesson.start(), Stage::source));
  return true;
}

/// Not the student's to edit: what is there is what comes with the lesson.
void StudentFolder::lay_out_partner(const Lesson& lesson) const {
  write(partner(lesson), read_file(lesson.partner(), Stage::source));
}

bool StudentFolder::is_edited(const Lesson& lesson) const {
  const auto start = read_file(lesson.start(), Stage::source);
  const AsSudoUser user;
  return read_file(probe(lesson), Stage::source) != start;
}

fs::path StudentFolder::reset(const Lesson& lesson) const {
  fs::path kept;
  if (has_probe(lesson) && is_edited(lesson)) {
    const AsSudoUser user;
    kept = free_name(probe(lesson));
    std::error_code failed;
    fs::rename(probe(lesson), kept, failed);
    if (failed)
      throw system_error(Stage::source, probe(lesson).string(), "cannot keep it under another name", failed.value());
  }
  lay_out(lesson);
  return kept;
}

void StudentFolder::write(const fs::path& file, std::string_view text) const {
  const AsSudoUser user;
  std::error_code failed;
  fs::create_directories(path_, failed);
  if (failed)
    throw system_error(Stage::source, path_.string(), "cannot make this folder", failed.value(),
                       "sonda learn --folder FOLDER takes another one");
  replace_file(file, std::as_bytes(std::span(text)), Stage::source, 0644);
}

}  // namespace sonda::learn
