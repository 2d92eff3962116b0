// Suggestions by the kind of rejection: each gives nothing for a kind that is not its own.
#pragma once

#include <array>
#include <utility>
#include <vector>

#include "verifier/refusal.h"
#include "verifier/suggestion.h"

namespace sonda {

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

inline constexpr std::array suggestions_by_kind{&check_for_null, &check_packet, &reserve_size, &bound_index,
                                                &bound_size,     &set_variable, &correct_size, &copy_memory,
                                                &give_back,      &end_function, &bound_loop};

}  // namespace sonda
