// Where in a Python script the C stands that it hands over, so that messages name the lines that people edit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonda::bcc {

/// For each line of `text`, in order, the line of `script` that it came from, from 1; 0 where that cannot be told.
/// Scripts put lines together and exchange words in them: equal lines are matched in runs, and what lies between two
/// runs is at the line of the script that was exchanged; what a script puts before or behind is at the nearest line.
std::vector<std::uint32_t> lines_in_script(std::string_view text, std::string_view script);

/// A message about the text called `name`, "NAME:LINE..." and excerpts "  LINE | ...", with the script's lines in place
/// of the text's; what has none stays.
std::string with_script_lines(std::string_view message, std::string_view name, const std::vector<std::uint32_t>& lines);

/// The words of this process's command line.
std::vector<std::string> own_words();

/// The file that the Python interpreter of this process was started with; nothing where that is none (python3 -c), or
/// where this process is something else.
std::optional<std::filesystem::path> running_script();

}  // namespace sonda::bcc
