// Suggestions by the kind of rejection: each gives nothing for a kind that is not its own.
#pragma once

#include <array>
#include <optional>

#include "runtime/verifier/refusal.h"
#include "runtime/verifier/suggestion.h"

namespace sonda {

std::optional<Suggestion> check_for_null(const Refusal& refusal);
std::optional<Suggestion> check_packet(const Refusal& refusal);
std::optional<Suggestion> bound_index(const Refusal& refusal);
std::optional<Suggestion> bound_size(const Refusal& refusal);
std::optional<Suggestion> set_variable(const Refusal& refusal);
std::optional<Suggestion> correct_size(const Refusal& refusal);
std::optional<Suggestion> copy_memory(const Refusal& refusal);
std::optional<Suggestion> give_back(const Refusal& refusal);
std::optional<Suggestion> end_function(const Refusal& refusal);
std::optional<Suggestion> bound_loop(const Refusal& refusal);

inline constexpr std::array suggestions_by_kind{&check_for_null, &check_packet, &bound_index, &bound_size,
                                                &set_variable,   &correct_size, &copy_memory, &give_back,
                                                &end_function,   &bound_loop};

}  // namespace sonda
