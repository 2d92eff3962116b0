#include "cli/learn/progress.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
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

constexpr std::size_t most_bytes = 1UL << 20;
constexpr int format_version = 1;

}  // namespace

StudentFolder::StudentFolder(const std::string& chosen)
    : path_(chosen.empty() ? default_folder() : fs::absolute(chosen).lexically_normal()) {}

bool StudentFolder::has_probe(const Lesson& lesson) const {
  const AsSudoUser user;
  return is_there(probe(lesson));
}

bool StudentFolder::lay_out(const Lesson& lesson) const {
  // The partner is not the student's to edit: what is there is what comes with the lesson.
  if (lesson.has_partner()) write(partner(lesson), read_file(lesson.partner(), Stage::source));
  if (has_probe(lesson)) return false;
  write(probe(lesson), read_file(lesson.start(), Stage::source));
  return true;
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

CourseProgress::CourseProgress(const StudentFolder& folder) : folder_(folder) {
  std::string text;
  {
    const AsSudoUser user;
    std::error_code failed;
    if (std::filesystem::symlink_status(file(), failed).type() == std::filesystem::file_type::not_found) return;
    try {
      text = read_file(file(), Stage::source, most_bytes);
    } catch (const Error& error) {
      damage_ = error.cause();
      return;
    }
  }
  try {
    read(text);
  } catch (const std::exception&) {
    lessons_.clear();
    current_.clear();
    damage_ = "it is not what sonda learn wrote";
  }
}

void CourseProgress::read(const std::string& text) {
  const auto json = nlohmann::json::parse(text);
  if (json.at("version").get<int>() != format_version) throw std::invalid_argument("version");
  current_ = json.at("current").get<std::string>();
  for (const auto& [name, state] : json.at("lessons").items()) {
    const auto attempts = state.at("attempts").get<std::int64_t>();
    if (attempts < 0 || attempts > std::numeric_limits<int>::max()) throw std::out_of_range("attempts");
    lessons_[name] = {.passed = state.at("passed").get<bool>(), .attempts = static_cast<unsigned>(attempts)};
  }
}

bool CourseProgress::passed(const Lesson& lesson) const {
  const auto known = lessons_.find(lesson.full_name());
  return known != lessons_.end() && known->second.passed;
}

unsigned CourseProgress::attempts(const Lesson& lesson) const {
  const auto known = lessons_.find(lesson.full_name());
  return known != lessons_.end() ? known->second.attempts : 0;
}

void CourseProgress::attempt(const Lesson& lesson, bool passed) {
  open(lesson);
  auto& state = lessons_[lesson.full_name()];
  if (state.attempts < static_cast<unsigned>(std::numeric_limits<int>::max())) ++state.attempts;
  state.passed = state.passed || passed;
}

void CourseProgress::save() {
  if (!damage_.empty()) {
    const AsSudoUser user;
    auto aside = file();
    aside += ".damaged";
    std::error_code failed;
    std::filesystem::rename(file(), aside, failed);  // if it cannot be, the next one takes its place
    damage_.clear();
  }
  nlohmann::ordered_json json{{"version", format_version}, {"current", current_}};
  auto& lessons = json["lessons"] = nlohmann::ordered_json::object();
  for (const auto& [name, state] : lessons_) lessons[name] = {{"passed", state.passed}, {"attempts", state.attempts}};
  folder_.write(file(), json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace sonda::learn
