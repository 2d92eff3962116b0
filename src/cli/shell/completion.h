// How the word at the cursor can go on.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/shell/commands.h"

namespace sonda::shell {

/// Names that begin with a prefix. Of more than `most` the first ones.
struct Found {
  std::vector<std::string> words;
  bool more = false;
};

/// What the probes that are open have, and the machine. Any of them may be empty.
struct CompletionNames {
  using Names = std::function<std::vector<std::string>()>;
  using Begun = std::function<Found(std::string_view prefix)>;
  Names open_files, functions, maps, buffers, parameters, links;
  std::function<std::vector<std::string>(const std::string& map)> columns, fields;  ///< of its entries, of its events
  Begun programs, probes, tracepoint_categories;
  /// What stands behind "KIND:" in an attach point of this machine; with a `place`, a binary or a cgroup, what stands
  /// behind "KIND:PLACE:".
  std::function<Found(std::string_view kind, std::string_view place, std::string_view prefix)> points;
};

struct Completion {
  std::size_t from = 0;            ///< where in the line the word begins
  std::vector<std::string> words;  ///< sorted; each in place of what stands from there to the cursor
  bool more = false;               ///< than these
};

class Completer {
 public:
  /// More are not shown.
  static constexpr std::size_t most = 2000;

  explicit Completer(CompletionNames names) : names_(std::move(names)) {}
  /// `line` up to the cursor.
  Completion complete(std::string_view line) const;

 private:
  Completion argument(const ShellCommand& command, std::string_view line, std::size_t from) const;
  Completion map_argument(const std::vector<std::string>& words, std::string_view line, std::size_t from) const;
  Completion event_argument(const std::vector<std::string>& words, std::string_view line, std::size_t from) const;
  Completion point(std::string_view line, std::size_t from) const;

  CompletionNames names_;
};

/// Of the workspace and of this machine. What is dear to find (points to attach to) is kept. Borrows.
CompletionNames names_of(Workspace& workspace);

/// Paths that begin so; those of folders end with a slash.
Found paths(std::string_view prefix);

}  // namespace sonda::shell
