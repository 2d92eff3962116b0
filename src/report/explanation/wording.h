// What the printers of an explanation say alike, and the drawings of its page.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sonda/explanation.h"

namespace sonda::report {

/// Consecutive instructions of one source line and function; a line may come up several times.
struct LineGroup {
  std::uint32_t line = 0;  ///< 0: not known
  std::vector<const BpfLine*> code;
};
std::vector<LineGroup> groups_of(const FunctionExplanation& function);

/// The source line without its end, or empty.
std::string_view source_line(const Explanation& explanation, std::uint32_t line);

/// "111 instructions, the verifier walked 98, ..." in parts.
std::vector<std::string> figures_of(const FunctionExplanation& function);

/// What is to be said of how the verifier followed a branch, or of one that it never came to; empty if nothing.
std::string fate_of(const FunctionExplanation& function, const BpfLine& line);

/// "R0=..." of a fact: its states, parted by " | ", as the verifier spells them or, where there are some, in words.
std::string states_of(const RegisterFact& fact, bool words);

/// Calls and maps, each once, in the order met.
std::vector<const HelperCall*> helpers_of(const FunctionExplanation& function);

/// "17, 20-23" of ascending numbers.
std::string ranges(const std::vector<std::uint32_t>& numbers);

/// What a slot is, in one clause: its variable, or what is guessed, and how that is known.
std::string certainty_of(const StackSlot& slot);

/// A line of a change, as diff shows it.
struct ChangedLine {
  char mark = ' ';         ///< '+' and '-', and a blank for one that is there to say where
  std::uint32_t line = 0;  ///< of the source; 0 for a new one
  std::string text;
};
std::vector<ChangedLine> changed_lines(const Explanation& explanation, const RefusalExplanation::Change& change);

/// The error's message; without its hint, if that says no more than the change.
std::string message_of(const RefusalExplanation& refusal);

/// Fit for a page: what is no text becomes visible, and nothing in it is markup.
std::string page_text(std::string_view bytes);

/// The stack from the frame pointer down, each slot as high as it has bytes. Empty if nothing is on it.
std::string stack_picture(const FunctionExplanation& function);

/// Which function jumps to which, by which slot. Empty if none does.
std::string call_picture(const Explanation& explanation);

}  // namespace sonda::report
