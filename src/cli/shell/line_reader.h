// Where the shell's commands come from.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_cache.h"
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

/// What was typed in earlier sessions: lines in a private file of the user's state folder. Where there is no such
/// folder nothing is kept; why is traced.
class ShellHistory {
 public:
  static constexpr std::size_t most_lines = 1000, longest_line = 4096;

  explicit ShellHistory(Trace trace);
  /// Oldest first.
  std::vector<std::string> lines() const;
  void add(std::string_view line);
  /// Adds what is new to what other shells have written meanwhile.
  void store() noexcept;

 private:
  std::optional<FileCache> folder_;
  std::vector<std::string> fresh_;
};

}  // namespace sonda::shell
