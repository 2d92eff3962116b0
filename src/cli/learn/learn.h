// `sonda learn`: the course.
#pragma once

#include <string>

#include "front/tool.h"

namespace sonda::learn {

struct LearnOptions {
  std::string lesson;             ///< number or name; empty: the list, or the lesson that was opened last
  std::string lesson_of_command;  ///< the same, behind a command
  std::string command;            ///< "check", "solution", "reset", "work", or empty: show
  std::string folder;             ///< of the student's copies
  report::Format format = report::Format::text;
};
void declare(front::CommandLine& line, LearnOptions& options);

/// The run's exit status is 1 if a check says that the lesson is not done yet.
void learn(front::Run& run, const LearnOptions& options);

}  // namespace sonda::learn
