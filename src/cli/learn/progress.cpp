#include "cli/learn/progress.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "base/escape.h"
#include "base/files.h"
#include "base/sudo_user.h"
#include "sonda/error.h"

namespace sonda::learn {
namespace {

constexpr std::size_t most_bytes = 1UL << 20;
constexpr int format_version = 1;

}  // namespace

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

void CourseProgress::open(const Lesson& lesson) { current_ = lesson.full_name(); }

void CourseProgress::attempt(const Lesson& lesson, bool passed) {
  open(lesson);
  auto& state = lessons_[lesson.full_name()];
  if (state.attempts < static_cast<unsigned>(std::numeric_limits<int>::max())) ++state.attempts;
  state.passed = state.passed || passed;
}

void CourseProgress::forget(const Lesson& lesson) { lessons_.erase(lesson.full_name()); }

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
