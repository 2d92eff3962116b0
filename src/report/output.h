// Where a report goes: a terminal, a file or a pipe.
#pragma once

#include <cstddef>
#include <exception>
#include <string>
#include <string_view>

namespace sonda::report {

/// A line on the terminal that says a program is at work, and goes before anything else is printed.
class Progress {
 public:
  /// `fd` is borrowed. Does nothing at all unless it is a terminal that can erase a line.
  explicit Progress(int fd = 2);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { erase(); }

  /// Shows `text` in place of what was shown before, cut to the terminal's width.
  void show(std::string_view text);
  void erase() noexcept;
  bool active() const noexcept { return active_; }

 private:
  int fd_;
  bool active_, shown_ = false;
};

/// Whoever was reading the output has gone. Not an error: nobody wants more.
class BrokenPipe : public std::exception {
 public:
  const char* what() const noexcept override { return "the reader of the output has gone"; }
};

/// Whether to send a terminal more than text: `term` is what TERM says, or null.
bool can_style(bool is_terminal, const char* term) noexcept;
/// Whether to use colours, too: `no_color` is what NO_COLOR says, or null.
bool can_colour(bool is_terminal, const char* term, const char* no_color) noexcept;

/// Of a terminal, in characters.
struct TerminalSize {
  std::size_t columns = 80, rows = 24;
};
/// What the terminal `fd` has now; if it is none, or does not say, the usual.
TerminalSize terminal_size(int fd) noexcept;

enum class Emphasis : unsigned char { none, heading, warning };

class Output {
 public:
  /// `fd` and `progress` are borrowed; the progress line is erased before anything is written. SIGPIPE must be ignored.
  explicit Output(int fd = 1, Progress* progress = nullptr);

  /// Writes `text` with one write(2) (more only where the kernel takes part of it), at once; inside of a Batch, later.
  /// Throws BrokenPipe; throws Error(Stage::report) for a full disk and the like.
  void write(std::string_view text);
  /// Writes an object of JSON, a line with its end. The first one that leaves has the version of docs/json.md.
  void object(std::string_view line);

  /// While one lives, what is written leaves in large pieces. For many lines that come at one time; nobody waits for a
  /// line that is there. May be nested. Borrows the output.
  class Batch {
   public:
    explicit Batch(Output& output) : output_(output) { ++output_.batches_; }
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;
    /// Writes the rest, but for what stands in the way: end() says that.
    ~Batch();
    /// Writes the rest. Throws as write() does.
    void end();

   private:
    Output& output_;
    bool ended_ = false;
  };

  /// A line with its end, to be written: where there are colours, with what makes it stand out.
  std::string styled(std::string line, Emphasis emphasis) const;

  bool is_terminal() const noexcept { return terminal_; }
  bool colours() const noexcept { return colours_; }
  TerminalSize size() const noexcept { return terminal_size(fd_); }
  /// Whether nobody reads any more, for programs that wait long between rows.
  bool reader_gone() const noexcept;

 private:
  void flush();
  void put(std::string_view text);

  int fd_;
  Progress* progress_;
  bool terminal_, colours_;
  bool told_version_ = false;
  int batches_ = 0;
  std::string held_, spare_;  ///< by batches; what is being written
};

}  // namespace sonda::report
