// `sonda bcc`: the programs of BCC's Python, unchanged, over Sonda's library.
#pragma once

#include <string>
#include <vector>

#include "front/tool.h"

namespace sonda::cli {

struct BccOptions {
  std::vector<std::string> words;  ///< the tool and its arguments; empty: list the tools
  std::vector<std::string> folders;
  bool is_path = false;  ///< the tool is a file
  bool environment = false;
};
void declare(front::CommandLine& line, BccOptions& options);

/// Puts the tool in place of this program; returns where there is none to run. Throws Error: no such tool, no Python
/// module (Exit::cannot_run).
void run_bcc(front::Run& run, const BccOptions& options);

/// How many of the words behind `sonda bcc` are options of its own: the tool follows, whose options are not ours.
std::size_t own_words(const std::vector<std::string>& words);

}  // namespace sonda::cli
