// Small things about text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonda {

std::string_view trim(std::string_view text);
/// The parts between `separator`; empty parts are kept.
std::vector<std::string_view> split(std::string_view text, char separator);
/// Lines without their ends; a last line without an end counts.
std::vector<std::string_view> split_lines(std::string_view text);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// Whether the whole of `text` is as the pattern says, of fnmatch(3); a backslash stands for itself.
bool matches_pattern(const std::string& pattern, const std::string& text);

/// The whole of `text` as a number, decimal or with 0x; nothing if it is anything else or does not fit.
std::optional<std::uint64_t> parse_u64(std::string_view text);

/// Whatever the locale is: of ASCII.
bool is_digit(char c);
/// What C names are made of: a letter, a digit or an underscore.
bool is_name_character(char c);
/// Whether `text` is a C identifier.
bool is_identifier(std::string_view text);

/// Those of `names` that are most like `wanted`, best first: same letters in another case, prefixes, few edits.
std::vector<std::string> near_matches(std::string_view wanted, const std::vector<std::string>& names,
                                      std::size_t most = 3);
/// "did you mean 'a', 'b'?", or `otherwise` if nothing is near.
std::string did_you_mean(std::string_view wanted, const std::vector<std::string>& names, std::string otherwise = {});

}  // namespace sonda
