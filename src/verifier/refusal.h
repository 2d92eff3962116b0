// Everything that is known about one rejection, put together once for those who tell about it.
#pragma once

#include <optional>
#include <string>

#include "sonda/error.h"
#include "sonda/image.h"
#include "verifier/log.h"
#include "verifier/source_text.h"
#include "verifier/trace.h"
#include "verifier/walk.h"

namespace sonda {

/// A line of the user's file; 0 if it is not known.
struct SourcePlace {
  std::uint32_t line = 0, column = 0;
};

/// The image, the program and the report must outlive it.
class Refusal {
 public:
  Refusal(const Image& image, const ProgramSpec& spec, const VerifierReport& report, std::string log);
  Refusal(const Refusal&) = delete;
  Refusal& operator=(const Refusal&) = delete;

  const Image& image;
  const ProgramSpec& spec;
  const VerifierReport& report;
  const Trace trace;
  const Walk walk;
  const SourceText source;

  std::string_view name;              ///< of the catalogue; empty if it is no common one
  std::optional<std::size_t> failed;  ///< place of the refused instruction on the walk
  int refused_register = -1;          ///< the one that the message is about
  Slice slice;                        ///< where its value came from
  std::string variable;               ///< what the user calls that value; empty if that is not clear
  SourcePlace place;                  ///< the line that a person would point at

  /// Whether its name is one of these.
  template <class... Names>
  bool is(Names... names) const {
    return ((name == names) || ...);
  }
  /// The step that reserved what the message says is not given back.
  std::optional<std::size_t> reserved() const;
};

/// The helpers that the pages of advice know by number.
inline constexpr int lookup_helper = BPF_FUNC_map_lookup_elem, reserve_helper = BPF_FUNC_ringbuf_reserve;

/// The call of that helper in a line of code, by one of the names that BCC has for it.
std::optional<CallText> call_of_helper(std::string_view code, int helper);

/// Which line a person would point at.
SourcePlace place_of(const Refusal& refusal);

/// Error(Stage::verify): the user's file and line, the verifier's reason, the source line with a caret and what the
/// reason means, for a hint what the verifier asks for, and `log` as the details. No change is named: none was tried.
Error verifier_error(const Image& image, const ProgramSpec& spec, const VerifierReport& report, std::string log);

}  // namespace sonda
