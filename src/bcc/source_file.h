// The C file that a script hands over by its text alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonda::bcc {

struct SourceFile {
  std::filesystem::path path;
  std::vector<std::uint32_t> lines;  ///< for each line of the text the file's; empty: they are the same
};

/// The file with which `text` ends; before it may stand what BCC's Python makes for USDT probes. Looked for are the
/// words of the command line and the names between quotes in the script that end in ".c", where the process is and
/// where the script is, as BPF(src_file=...) does. Nothing if it is none of these.
std::optional<SourceFile> source_file_of(std::string_view text, const std::filesystem::path& script,
                                         std::string_view script_text, const std::vector<std::string>& command_line);

}  // namespace sonda::bcc
