// What the kernel's verifier wrote, reduced to what a person needs to know, and in plain words.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sonda {

/// The source line that the log shows above the refused instruction.
struct AnnotatedLine {
  std::string file;        ///< empty before Linux 6.10, which shows the text only
  std::uint32_t line = 0;  ///< likewise 0
  std::string text;
  bool operator==(const AnnotatedLine&) const = default;
};

struct VerifierReport {
  int instruction = -1;  ///< the instruction that was refused; -1 if the log names none
  std::optional<AnnotatedLine> line;
  std::string reason;       ///< the verifier's own words; empty if the log holds none
  std::string explanation;  ///< what that means; empty if it is not one of the common ones
  std::string hint;         ///< what the verifier asks for; likewise
};

/// Reads the log of a refused program, of any kernel from 5.10 on. Any bytes are safe to give: what is not understood
/// is passed over.
VerifierReport parse_verifier_log(std::string_view log);

/// One way in which the verifier says no.
struct Rejection {
  std::string_view name;         ///< ours; older and newer wordings of one kind share it
  std::string_view pattern;      ///< parts of its message in their order, `*` between them
  std::string_view explanation;  ///< what it means, one clause
  std::string_view hint;         ///< what the verifier asks for: no change, which would have to be tried
};

/// All that are known, the more specific before the more general.
std::span<const Rejection> rejections();

/// The first one whose pattern `message` fits; none if it is not a common one.
const Rejection* find_rejection(std::string_view message);

}  // namespace sonda
