// Where a report goes: pipes, full disks, readers that leave, terminals.
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <string>

#include "report/writer.h"
#include "sonda/error.h"
#include "sonda/fd.h"
#include "support/catch.h"

using namespace sonda::report;
using sonda::UniqueFd;

namespace {

struct Ends {
  UniqueFd read, write;
};

Ends make_pipe() {
  std::array<int, 2> fds{};
  REQUIRE(::pipe2(fds.data(), O_CLOEXEC) == 0);
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

// A socket that keeps the borders between writes.
Ends make_packets() {
  std::array<int, 2> fds{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds.data()) == 0);
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

Ends make_terminal() {
  int master = -1, terminal = -1;
  REQUIRE(::openpty(&master, &terminal, nullptr, nullptr, nullptr) == 0);
  return {UniqueFd(master), UniqueFd(terminal)};
}

/// What one read gives; nothing if nothing comes.
std::string take(const UniqueFd& fd) {
  pollfd ready{.fd = fd.get(), .events = POLLIN, .revents = 0};
  if (::poll(&ready, 1, 2000) != 1) return {};
  std::array<char, 4096> buffer{};
  const auto got = ::read(fd.get(), buffer.data(), buffer.size());
  return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : std::string();
}

/// A terminal gives what was written in pieces as it likes.
std::string take(const UniqueFd& fd, std::size_t size) {
  std::string all;
  while (all.size() < size) {
    const auto piece = take(fd);
    if (piece.empty()) break;
    all += piece;
  }
  return all;
}

/// An environment variable for as long as this lives.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old, had_ = true;
    value != nullptr ? ::setenv(name, value, 1) : ::unsetenv(name);
  }
  ~Environment() { had_ ? ::setenv(name_, old_.c_str(), 1) : ::unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  std::string old_;
  bool had_ = false;
};

const std::vector<Column> two_columns{{.header = "A", .key = "a", .width = 3}, {.header = "B", .key = "b"}};

}  // namespace

TEST_CASE("each row is one write") {
  auto ends = make_packets();
  Output output(ends.write.get());
  Writer writer(output, Format::text, two_columns);
  writer.row({std::uint64_t{1}, std::string("x")});
  writer.row({std::uint64_t{2}, std::string("y")});
  CHECK(take(ends.read) == "A   B\n");
  CHECK(take(ends.read) == "1   x\n");
  CHECK(take(ends.read) == "2   y\n");
  CHECK(writer.rows() == 2);
}

TEST_CASE("the header: again in text when asked, once in CSV, never in JSON") {
  const auto all = [](Format format) {
    auto ends = make_pipe();
    Output output(ends.write.get());
    Writer writer(output, format, two_columns);
    writer.header();
    writer.header();
    writer.line("prose");
    writer.object({{"type", std::string("total")}});
    writer.row({std::uint64_t{1}, std::string("x")});
    return take(ends.read);
  };
  CHECK(all(Format::text) == "A   B\nA   B\nprose\n1   x\n");
  CHECK(all(Format::csv) == "a,b\r\n1,x\r\n");
  CHECK(all(Format::json) == "{\"version\":1,\"type\":\"total\"}\n{\"a\":1,\"b\":\"x\"}\n");
}

TEST_CASE("a row with a cell too few is refused") {
  auto ends = make_pipe();
  Output output(ends.write.get());
  Writer writer(output, Format::text, two_columns);
  CHECK_THROWS_AS(writer.row({std::uint64_t{1}}), std::logic_error);
}

TEST_CASE("a reader that left is not an error, but a full disk is") {
  ::signal(SIGPIPE, SIG_IGN);
  auto ends = make_pipe();
  Output output(ends.write.get());
  CHECK_FALSE(output.reader_gone());
  ends.read.reset();
  CHECK(output.reader_gone());
  CHECK_THROWS_AS(output.write("x"), BrokenPipe);

  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  REQUIRE(full);
  Output disk(full.get());
  try {
    disk.write("x");
    FAIL("written to a full disk");
  } catch (const sonda::Error& error) {
    CHECK(error.stage() == sonda::Stage::report);
    CHECK(error.exit() == sonda::Exit::failure);
  }
}

TEST_CASE("colours need a terminal, a TERM that has them, and no NO_COLOR") {
  CHECK(can_colour(true, "xterm", nullptr));
  CHECK(can_colour(true, "xterm", ""));
  CHECK_FALSE(can_colour(true, "xterm", "1"));
  CHECK_FALSE(can_colour(true, "dumb", nullptr));
  CHECK_FALSE(can_colour(true, nullptr, nullptr));
  CHECK_FALSE(can_colour(false, "xterm", nullptr));
}

TEST_CASE("on a terminal the header stands out, and colours leave the two_columns where they are") {
  const Environment term("TERM", "xterm");
  const auto shown = [](const char* no_color) {
    const Environment variable("NO_COLOR", no_color);
    auto ends = make_terminal();
    Output output(ends.write.get());
    Writer writer(output, Format::text, two_columns);
    writer.header();
    writer.line("|");
    return take(ends.read, std::string("A   B\r\n|\r\n").size() + (no_color == nullptr ? 8 : 0));
  };
  CHECK(shown(nullptr) == "\x1b[1mA   B\x1b[0m\r\n|\r\n");
  CHECK(shown("1") == "A   B\r\n|\r\n");
}

TEST_CASE("the progress line goes before output comes, and is nothing in a pipe") {
  const Environment term("TERM", "xterm");
  auto ends = make_terminal();
  Progress progress(ends.write.get());
  REQUIRE(progress.active());
  Output output(ends.write.get(), &progress);
  progress.show("working");
  output.write("row\n");
  output.write("row\n");
  const std::string expected = "\r\x1b[Kworking\r\x1b[Krow\r\nrow\r\n";
  CHECK(take(ends.read, expected.size()) == expected);

  auto quiet = make_pipe();
  Progress none(quiet.write.get());
  none.show("working");
  none.erase();
  quiet.write.reset();
  CHECK(take(quiet.read).empty());
}

TEST_CASE("a long progress line is cut to the terminal, between characters") {
  const Environment term("TERM", "xterm");
  auto ends = make_terminal();
  const winsize size{.ws_row = 24, .ws_col = 10, .ws_xpixel = 0, .ws_ypixel = 0};
  REQUIRE(::ioctl(ends.write.get(), TIOCSWINSZ, &size) == 0);
  Progress progress(ends.write.get());
  progress.show("12345678\xc3\xa8\xc3\xa8\xc3\xa8");
  const std::string expected = "\r\x1b[K12345678\xc3\xa8";
  CHECK(take(ends.read, expected.size()) == expected);
}

TEST_CASE("a batch leaves in one piece, at its end") {
  const auto ends = make_packets();
  Output output(ends.write.get());
  {
    Output::Batch outer(output);
    output.write("one\n");
    {
      Output::Batch inner(output);
      output.write("two\n");
      inner.end();
      output.write("three\n");
    }
    pollfd ready{.fd = ends.read.get(), .events = POLLIN, .revents = 0};
    CHECK(::poll(&ready, 1, 0) == 0);
    outer.end();
    CHECK(take(ends.read) == "one\ntwo\nthree\n");
  }
  output.write("alone\n");
  CHECK(take(ends.read) == "alone\n");
  {
    const Output::Batch left(output);
    output.write("by the end of its scope\n");
  }
  CHECK(take(ends.read) == "by the end of its scope\n");
}

TEST_CASE("a batch whose reader has gone says so at its end, and only there") {
  ::signal(SIGPIPE, SIG_IGN);
  auto ends = make_pipe();
  Output output(ends.write.get());
  ends.read = UniqueFd();
  {
    Output::Batch batch(output);
    output.write("nobody\n");
    CHECK_THROWS_AS(batch.end(), BrokenPipe);
  }
  {
    const Output::Batch batch(output);
    output.write("nobody\n");
  }
  SUCCEED("the end of a scope throws nothing");
}
