// Changes of the source that may satisfy the verifier.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sonda {

class Refusal;

/// One line put in, replaced or taken out. It is only made where the variable and the line are certain.
struct Suggestion {
  enum class Kind : std::uint8_t { insert_before, insert_after, replace, remove };
  Kind kind = Kind::insert_before;
  std::uint32_t line = 0;  ///< 1-based
  std::string text;        ///< without indentation; empty to remove
  bool operator==(const Suggestion&) const = default;
};

/// What may help, the likeliest first, each once; none where variable or line are not certain. Whether the kernel takes
/// the changed probe is not known here: see find_change.
std::vector<Suggestion> suggest(const Refusal& refusal);

// By the kind of rejection: each gives nothing for a kind that is not its own.
std::vector<Suggestion> check_for_null(const Refusal& refusal);
std::vector<Suggestion> check_packet(const Refusal& refusal);
std::vector<Suggestion> bound_index(const Refusal& refusal);
std::vector<Suggestion> bound_size(const Refusal& refusal);
std::vector<Suggestion> set_variable(const Refusal& refusal);
std::vector<Suggestion> correct_size(const Refusal& refusal);
std::vector<Suggestion> reserve_size(const Refusal& refusal);
std::vector<Suggestion> copy_memory(const Refusal& refusal);
std::vector<Suggestion> give_back(const Refusal& refusal);
std::vector<Suggestion> end_function(const Refusal& refusal);
std::vector<Suggestion> bound_loop(const Refusal& refusal);

inline void append(std::vector<Suggestion>& all, std::vector<Suggestion> more) {
  for (auto& each : more) all.push_back(std::move(each));
}

/// "after line 7: if (!start) return 0;"
std::string to_string(const Suggestion& suggestion);

/// The text with the change made, indented as the line that it is beside.
std::string with_suggestion(const Suggestion& suggestion, std::string_view source);

/// Both in one line put in, where `first` and `second`, which is of the text that `first` made, put in one each: at the
/// later of their places. Nothing for others.
std::optional<Suggestion> combined(const Suggestion& first, const Suggestion& second);

}  // namespace sonda
