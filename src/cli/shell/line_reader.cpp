// Lines from a pipe, a file, or a terminal that can do no more.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "base/locations.h"
#include "base/stop.h"
#include "base/text.h"
#include "cli/shell/line_reader.h"

namespace sonda::shell {
namespace {

constexpr std::size_t longest_line = 1UL << 20;

class PlainLines : public LineReader {
 public:
  PlainLines(Workspace& workspace, int descriptor, std::string prompt)
      : workspace_(workspace), descriptor_(descriptor), prompt_(std::move(prompt)) {}

  std::optional<std::string> next() override {
    if (!prompt_.empty()) workspace_.run().output().write(prompt_);
    for (;;) {
      if (const auto end = held_.find('\n'); end != held_.npos) {
        auto line = held_.substr(0, end);
        held_.erase(0, end + 1);
        return line;
      }
      if (ended_) return held_.empty() ? std::nullopt : std::optional(std::exchange(held_, {}));
      if (held_.size() > longest_line) throw Error(Stage::usage, "standard input", "a line is longer than 1 MiB");
      if (!more()) return std::nullopt;
    }
  }

 private:
  /// False if a signal ends it all.
  bool more() {
    // A regular file is always readable; poll(2) says so.
    if (!workspace_.wait_for(descriptor_)) {
      if (prompt_.empty() || forget_interrupt() != SIGINT) return false;
      held_.clear();
      workspace_.run().output().write("\n" + prompt_);
      return true;
    }
    std::array<char, 4096> part{};
    const auto got = ::read(descriptor_, part.data(), part.size());
    if (got < 0 && errno != EINTR && errno != EAGAIN)
      throw system_error(Stage::usage, "standard input", "cannot read", errno);
    if (got == 0) ended_ = true;
    if (got > 0) held_.append(part.data(), static_cast<std::size_t>(got));
    return true;
  }

  Workspace& workspace_;
  int descriptor_;
  std::string prompt_, held_;
  bool ended_ = false;
};

constexpr auto file_name = "history";

/// The user's state folder; what it stands in is made.
std::optional<std::filesystem::path> state_folder() {
  const auto folder = user_state();
  std::error_code ignored;
  if (folder) std::filesystem::create_directories(folder->parent_path(), ignored);
  return folder;
}

}  // namespace

std::unique_ptr<LineReader> plain_lines(Workspace& workspace, int descriptor, std::string prompt) {
  return std::make_unique<PlainLines>(workspace, descriptor, std::move(prompt));
}

ShellHistory::ShellHistory(Trace trace)
    : folder_(FileCache::open(
          state_folder(),
          {.folder = "shell", .what = "history", .most_files = 1, .most_bytes = most_lines * (longest_line + 1)},
          std::move(trace))) {}

std::vector<std::string> ShellHistory::lines() const {
  std::vector<std::string> lines;
  if (!folder_) return lines;
  const auto text = folder_->find(file_name, [](std::span<const std::byte> bytes) {
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  });
  if (!text) return lines;
  for (const auto line : split_lines(*text))
    if (!line.empty() && line.size() <= longest_line) lines.emplace_back(line);
  return lines;
}

void ShellHistory::add(std::string_view line) {
  if (trim(line).empty() || line.size() > longest_line || line.find('\n') != line.npos) return;
  if (fresh_.empty() || fresh_.back() != line) fresh_.emplace_back(line);
}

void ShellHistory::store() noexcept {
  if (!folder_ || fresh_.empty()) return;
  try {
    auto all = lines();
    std::ranges::move(fresh_, std::back_inserter(all));
    fresh_.clear();
    const auto from = all.size() > most_lines ? all.size() - most_lines : 0;
    std::string text;
    for (auto i = from; i < all.size(); ++i) text += all[i] + '\n';
    folder_->store(file_name, std::as_bytes(std::span(text)));
  } catch (const std::exception&) {
    fresh_.clear();  // a history that cannot be kept is no reason to fail
  }
}

}  // namespace sonda::shell
