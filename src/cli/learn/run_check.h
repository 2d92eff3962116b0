// A lesson's check, done and told.
#pragma once

#include "cli/learn/checks.h"
#include "cli/learn/lesson.h"
#include "front/tool.h"
#include "present/output.h"

namespace sonda::learn {

/// What came of it.
struct CheckOutcome {
  std::vector<std::string> facts;
  std::vector<Finding> findings;
  bool passed() const noexcept { return findings.empty(); }
};

/// Checks the student's file `probe`. Figures that are wrong are believed when they are wrong again. Throws Error for
/// what is not the student's: a missing privilege, a kernel that lacks what the lesson is about, an interruption.
CheckOutcome run_check(const Lesson& lesson, const std::filesystem::path& probe, const OpenOptions& open);

/// Prints it, as text or JSON.
void print_outcome(front::Run& run, present::TableOutput& output, const Lesson& lesson,
                   const std::filesystem::path& probe, const CheckOutcome& outcome);

}  // namespace sonda::learn
