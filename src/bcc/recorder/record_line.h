// How the recorder tells `sonda import` what a tool asks for: a line for each thing, words separated by tabs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sonda::bcc {

/// The variable of the environment that says the descriptor which the lines go to.
inline constexpr auto record_variable = "SONDA_RECORD";

/// If this is set, functions that the kernel lacks are attached to, too.
inline constexpr auto absent_variable = "SONDA_RECORD_ABSENT";

/// What each line begins with. Behind it stand, in this order:
namespace record {
inline constexpr std::string_view text = "text";          ///< the C as it was handed over, then each flag
inline constexpr std::string_view load = "load";          ///< text, function, number of the program type
inline constexpr std::string_view attach = "attach";      ///< text, function, point
inline constexpr std::string_view set = "set";            ///< text, map, key, value
inline constexpr std::string_view tailcall = "tailcall";  ///< text, map, index, function
inline constexpr std::string_view note = "note";          ///< text, what cannot be taken over
inline constexpr std::string_view waits = "waits";        ///< nothing: the tool has begun to wait
}  // namespace record
// "text" above is the number of a text, from 0, in the order in which they came.

/// The line with its end. Words may hold any bytes but NUL.
std::string record_line(const std::vector<std::string>& words);

/// The words of a line without its end.
std::vector<std::string> record_words(std::string_view line);

}  // namespace sonda::bcc
