// sonda learn, with a folder of the test's own.
#pragma once

#include "support/file_text.h"
#include "support/paths.h"
#include "tool/run_support.h"

namespace sonda::test {

class Student {
 public:
  const std::filesystem::path& folder() const { return folder_.path(); }
  std::filesystem::path probe(const std::string& lesson) const { return folder() / (lesson + ".c"); }

  /// `sonda learn ARGUMENTS... --folder FOLDER`.
  ToolEnd learn(std::vector<std::string> arguments, const StartedTool::How& how = {}) const {
    arguments.insert(arguments.begin(), "learn");
    arguments.insert(arguments.end(), {"--folder", folder().string()});
    StartedTool tool("sonda", arguments, how);
    return tool.wait();
  }
  /// Hands in `text` as the student's copy; what the check says, as JSON.
  nlohmann::json check(const std::string& lesson, const std::string& text) const {
    folder_.write(lesson + ".c", text);
    const auto end = learn({"check", lesson, "--json"});
    const auto answers = objects(end, "check");
    auto answer = answers.size() == 1 ? answers.front() : nlohmann::json{{"passed", nullptr}, {"error", end.err}};
    answer["status"] = end.status;
    return answer;
  }

 private:
  ScratchFolder folder_;
};

/// "start.c" or "solution.c" of a lesson.
inline std::string of_lesson(const std::string& lesson, const std::string& file) {
  return text_of(in_source("lessons") / lesson / file);
}

/// The text with `part`, which must be in it, replaced.
inline std::string edited(std::string text, const std::string& part, const std::string& by) {
  const auto at = text.find(part);
  if (at == text.npos) throw std::runtime_error("the lesson has no longer: " + part);
  return text.replace(at, part.size(), by);
}

}  // namespace sonda::test
