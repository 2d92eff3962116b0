// What was typed in earlier sessions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/file_cache.h"

namespace sonda::shell {

/// Lines in a private file of the user's state folder. Where there is no such folder nothing is kept; why is traced.
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
