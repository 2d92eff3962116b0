// The way to a rejection, on the user's own lines.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sonda/image.h"
#include "verifier/log.h"
#include "verifier/suggestion.h"

namespace sonda {

class Refusal;

/// One line that was walked and that matters.
struct PathLine {
  enum class Role : std::uint8_t {
    made,    ///< the refused value comes from here
    used,    ///< it was changed, or moved, here
    branch,  ///< the way parts here
    refused  ///< the verifier said no here
  };
  Role role = Role::used;
  std::uint32_t line = 0, column = 0;  ///< 1-based; 0 for a column that is not known
  std::string text;                    ///< of the user's file, without its indentation
  std::uint32_t instruction = 0;
  std::size_t step = 0;      ///< index into the trace
  std::optional<bool> held;  ///< of a branch: whether the condition as it is written was true, where that is certain
  std::optional<std::uint32_t> next;  ///< of a branch: the line on which the path goes on, where that is another one
  /// What was known of the value after the line, in plain words: "a value of map began, or NULL". Empty if the verifier
  /// did not say.
  std::string known;
  bool changed = false;  ///< that is of what was made of the value by arithmetic, not of the variable itself
};

struct RejectionPath {
  std::string variable;  ///< what the user calls the refused value; empty if that is not clear
  std::vector<PathLine>
      lines;  ///< in the order of the walk; the last one is where it was refused. Empty without a trace
};

/// A rejection, understood.
struct RejectionAnalysis {
  VerifierReport report;
  std::uint32_t line = 0, column = 0;   ///< the line that a person would point at; 0 if it is not known
  std::vector<Suggestion> suggestions;  ///< changes that may satisfy the verifier; none of them is tried here
  RejectionPath path;
};

/// From the log of level 1 or 2 of a program that was refused: an Error(Stage::verify) has it as its details.
RejectionAnalysis analyse_rejection(const Image& image, const ProgramSpec& spec, std::string_view log);

RejectionPath path_of(const Refusal& refusal);

/// A line of the path as a sentence without an end: "start comes from here: a value of map began, or NULL",
/// "the condition is false: on to line 9", "refused here".
std::string describe(const PathLine& line, const RejectionPath& path);

}  // namespace sonda
