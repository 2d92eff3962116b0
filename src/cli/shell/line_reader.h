// Where the shell's commands come from.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/shell/completion.h"
#include "cli/shell/workspace.h"

namespace sonda::shell {

class LineReader {
 public:
  LineReader() = default;
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;
  virtual ~LineReader() = default;
  /// The next line without its end; nothing at the end, or once SIGTERM came. Buffers go into the store meanwhile.
  virtual std::optional<std::string> next() = 0;
};

/// The lines of `descriptor` as they are; after each `prompt` if it is not empty. Borrows all.
std::unique_ptr<LineReader> plain_lines(Workspace& workspace, int descriptor, std::string prompt);

/// Lines edited at the terminal, with history and completion. Borrows all.
std::unique_ptr<LineReader> edited_lines(Workspace& workspace, Completer& completer,
                                         const std::vector<std::string>& history);

}  // namespace sonda::shell
