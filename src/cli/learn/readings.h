// What a student's probe has counted, and what it is made of.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>

#include "cli/learn/trial.h"

namespace sonda::learn {

/// The student's probe, after it has watched the shop take these orders; how many is a fact for `trial`.
const Probe& watch(Trial& trial, const std::vector<Order>& orders);

/// The entries of a map by their keys, values added over all CPUs; of arrays those that are not zero.
using Counts = std::map<std::uint64_t, std::uint64_t>;

/// The map of that name, or null after telling `trial` that there is none.
const Map* find_map(Trial& trial, const Probe& probe, std::string_view name);
/// Its entries; nothing after telling `trial` why there are none to read: no such map, a key or value that is no
/// number.
std::optional<Counts> read_counts(Trial& trial, const Probe& probe, std::string_view name);
/// The sum of its values, or nothing, as above.
std::optional<std::uint64_t> read_sum(Trial& trial, const Probe& probe, std::string_view name);
/// A number, or a struct that holds one alone. Throws Error(Stage::read) for anything else.
std::uint64_t as_number(const RecordView& value);

/// Tells `trial` how `found` differs from `expected`, if it does; `whose` is what the keys are ("customer"), `what`
/// what the values are ("money").
void compare_counts(Trial& trial, std::string_view whose, std::string_view what, const Counts& expected,
                    const Counts& found);

/// The line on which a program of the probe first calls this helper of the kernel ("trace_printk"); nothing if none
/// does.
std::optional<std::uint32_t> line_of_call(const Probe& probe, std::string_view helper);
/// The line on which a program first uses the map; 0 if none does.
std::uint32_t line_of_use(const Probe& probe, std::string_view map);

}  // namespace sonda::learn
