#include "cli/learn/lesson.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/files.h"
#include "base/text.h"
#include "sonda/error.h"

namespace sonda::learn {
namespace {

namespace fs = std::filesystem;

/// Nothing if the folder is no lesson's.
std::optional<Lesson> read_lesson(const fs::path& folder) {
  const auto name = folder.filename().string();
  const auto dash = name.find('-');
  const auto number = parse_u64(name.substr(0, dash));
  if (dash == name.npos || !is_digit(name.front()) || !number || *number == 0 || *number > 99) return std::nullopt;
  Lesson lesson{.number = static_cast<int>(*number), .name = name.substr(dash + 1), .title = {}, .folder = folder};
  const auto page = read_file(lesson.page(), Stage::source, 1UL << 20);
  const auto lines = split_lines(page);
  lesson.title = lines.empty() || !lines.front().starts_with("# ") ? lesson.name : trim(lines.front().substr(2));
  return lesson;
}

}  // namespace

std::vector<Lesson> read_lessons(const fs::path& folder) {
  std::vector<Lesson> lessons;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed))
    if (entry.is_directory())
      if (auto lesson = read_lesson(entry.path())) lessons.push_back(std::move(*lesson));
  if (lessons.empty())
    throw Error(Stage::source, folder.string(), "the lessons of the course are not there", "install Sonda whole");
  std::ranges::sort(lessons, {}, &Lesson::number);
  return lessons;
}

const Lesson& find_lesson(const std::vector<Lesson>& lessons, std::string_view wanted) {
  const auto number = !wanted.empty() && is_digit(wanted.front()) ? parse_u64(wanted) : std::nullopt;
  const auto found = std::ranges::find_if(lessons, [&](const Lesson& lesson) {
    return number ? static_cast<std::uint64_t>(lesson.number) == *number
                  : lesson.name == wanted || lesson.full_name() == wanted;
  });
  if (found != lessons.end()) return *found;
  std::vector<std::string> names;
  for (const auto& lesson : lessons) names.push_back(lesson.name);
  const auto range = fmt::format("they are numbered from {} to {}; sonda learn lists them", lessons.front().number,
                                 lessons.back().number);
  throw Error(Stage::usage, std::string(wanted), "there is no such lesson",
              number ? range : did_you_mean(wanted, names, range));
}

}  // namespace sonda::learn
