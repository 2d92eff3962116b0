#include "base/files.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "support/catch.h"
#include "support/scratch.h"

using namespace sonda;
using namespace sonda::test;
namespace fs = std::filesystem;

namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string message_of_read(const fs::path& path, std::size_t limit = 1000) {
  try {
    read_file(path, Stage::source, limit);
  } catch (const Error& error) {
    CHECK(error.stage() == Stage::source);
    CHECK(error.subject() == path.string());
    return error.cause();
  }
  return "no error";
}

std::size_t entries_of(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("a file is read whole, also one that tells no size") {
  const ScratchFolder folder;
  const std::string text(200'000, 'x');
  CHECK(read_file(folder.write("a", text), Stage::read) == text);
  CHECK(read_file("/proc/self/status", Stage::read).starts_with("Name:"));
  CHECK(try_read_file(folder.path() / "a") == text);
  CHECK_FALSE(try_read_file(folder.path() / "none"));
}

TEST_CASE("what is no readable file is refused with the reason") {
  const ScratchFolder folder;
  CHECK(message_of_read(folder.path()) == "it is a folder");
  CHECK(message_of_read("/dev/null") == "it is a device");
  CHECK(message_of_read(folder.path() / "none") == "cannot open: No such file or directory");
  REQUIRE(::mkfifo((folder.path() / "pipe").c_str(), 0600) == 0);
  CHECK(message_of_read(folder.path() / "pipe") == "it is a pipe");
  const auto loop = folder.path() / "loop";
  fs::create_symlink(loop, loop);
  CHECK(message_of_read(loop) == "cannot open: Too many levels of symbolic links");
}

TEST_CASE("a file that is too large is refused, one of the limit's size is not") {
  const ScratchFolder folder;
  CHECK(message_of_read(folder.write("over", std::string(1001, 'x'))).find("larger than 1000 bytes") !=
        std::string::npos);
  CHECK(read_file(folder.write("at", std::string(1000, 'x')), Stage::source, 1000).size() == 1000);
  CHECK(message_of_read("/proc/self/status", 10).find("larger than 10 bytes") != std::string::npos);
}

TEST_CASE("a file is replaced whole, with its mode, and nothing is left beside it") {
  const ScratchFolder folder;
  const auto path = folder.write("file", "old");
  replace_file(path, bytes_of("new"), Stage::cache, 0640);
  CHECK(try_read_file(path) == "new");
  struct stat info{};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0640);
  CHECK(entries_of(folder.path()) == 1);
}

TEST_CASE("a file that cannot be replaced stays, and nothing is left beside it") {
  const ScratchFolder folder;
  const auto path = folder.write("file", "old");
  const auto status = exit_of_child([&] {
    // As on a full disk, write(2) fails after some bytes.
    const rlimit small{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &small);
    ::signal(SIGXFSZ, SIG_IGN);
    try {
      replace_file(path, bytes_of(std::string(10'000, 'x')), Stage::cache);
    } catch (const Error& error) {
      return error.cause() == "cannot write: File too large" && error.subject() == path.string() ? 0 : 1;
    }
    return 2;
  });
  CHECK(status == 0);
  CHECK(try_read_file(path) == "old");
  CHECK(entries_of(folder.path()) == 1);

  fs::create_directory(folder.path() / "folder");
  CHECK_THROWS_AS(replace_file(folder.path() / "folder", bytes_of("x"), Stage::cache), Error);
  CHECK_THROWS_AS(replace_file(folder.path() / "none" / "x", bytes_of("x"), Stage::cache), Error);
  CHECK(entries_of(folder.path()) == 2);
}

TEST_CASE("only files are replaced: no pipe, no device, and no link to one") {
  const ScratchFolder folder;
  const auto pipe = folder.path() / "pipe", link = folder.path() / "link";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  fs::create_symlink(pipe, link);
  for (const auto& path : {pipe, link})
    CHECK_THROWS_WITH(replace_file(path, bytes_of("x"), Stage::report), test::Contains("it is a pipe"));
  CHECK(fs::is_fifo(pipe));
  CHECK(fs::is_symlink(link));
  CHECK(entries_of(folder.path()) == 2);
}

TEST_CASE("writing says what failed") {
  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  REQUIRE(full);
  CHECK_THROWS_WITH(write_all(full.get(), bytes_of("x"), "output", Stage::report),
                    "report: output: cannot write: No space left on device\nhint: make room, or name another place");
}

TEST_CASE("what the standard library says of a file is said in our words") {
  const auto full = std::make_error_code(std::errc::no_space_on_device);
  CHECK(std::string(file_error(Stage::read, {"cannot create directory", "/a/b", full}).what()) ==
        "read: /a/b: No space left on device\nhint: make room, or name another place");
  const auto gone = std::make_error_code(std::errc::no_such_file_or_directory);
  CHECK(std::string(file_error(Stage::compile, {"cannot get current path", gone}).what()) ==
        "compile: the current folder: No such file or directory");
}

TEST_CASE("a temporary folder is private and goes with all it holds") {
  fs::path path;
  {
    TemporaryFolder first;
    path = first.path();
    struct stat info{};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 07777) == 0700);
    fs::create_directories(path / "a" / "b");
    std::ofstream(path / "a" / "file") << "x";
    const TemporaryFolder second(std::move(first));
    CHECK(second.path() == path);
    CHECK(fs::exists(path));
  }
  CHECK_FALSE(fs::exists(path));
}
