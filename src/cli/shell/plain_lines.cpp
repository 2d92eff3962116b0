// Lines from a pipe, a file, or a terminal that can do no more.
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "base/stop.h"
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

}  // namespace

std::unique_ptr<LineReader> plain_lines(Workspace& workspace, int descriptor, std::string prompt) {
  return std::make_unique<PlainLines>(workspace, descriptor, std::move(prompt));
}

}  // namespace sonda::shell
