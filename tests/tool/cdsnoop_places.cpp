// Which files cdsnoop touches: bash alone, where it can.
#include <fmt/format.h>

#include <csignal>

#include "base/files.h"
#include "bash/bash_binary.h"
#include "support/catch.h"
#include "support/scratch.h"
#include "support/skip.h"
#include "tool/cdsnoop_support.h"

namespace {

namespace fs = std::filesystem;
using namespace sonda;
using namespace sonda::test;

/// A copy of bash in which the stubs for what it imports cannot be told from other code: their sections have other
/// names.
fs::path bash_without_stubs(const ScratchFolder& scratch) {
  auto bytes = read_file("/bin/bash", Stage::read);
  for (const std::string name : {".rela.plt", ".plt.got", ".plt.sec", ".plt"}) {
    const auto whole = name + '\0';
    for (auto at = bytes.find(whole); at != std::string::npos; at = bytes.find(whole, at + 1))
      bytes[bytes.find(".plt", at) + 1] = 'x';
  }
  const auto path = scratch.write("bash", bytes);
  fs::permissions(path, fs::perms::owner_all);
  return path;
}

/// What a cdsnoop of that one bash says, and the reason that it gives for a failure.
struct Seen {
  std::string said;
  nlohmann::json failure;
};

Seen watch_failure(const fs::path& bash) {
  Snoop snoop({"--json", "-v", "--shell", bash.string()}, {"LC_ALL=C"});
  REQUIRE(snoop.ready());
  run_program({bash.string(), "--norc", "-c", "cd /etc/passwd"}, {"LC_ALL=C"});
  REQUIRE(snoop.stop(SIGINT) == 0);
  REQUIRE(snoop.rows().size() == 1);
  return {snoop.errors(), snoop.rows().front()};
}

}  // namespace

TEST_CASE("the number of an error is had from bash alone") {
  SONDA_NEED_BPF();
  const ScratchFolder scratch;
  const auto copy = scratch.path() / "bash";
  fs::copy_file(fs::canonical("/bin/bash"), copy);
  const auto seen = watch_failure(copy);
  CHECK(seen.failure["errno"] == ENOTDIR);
  CHECK(seen.failure["error"] == "Not a directory");
  CHECK_THAT(seen.said, test::Contains("attached to " + copy.string()) && !test::Contains("strerror of"));
}

TEST_CASE("where bash does not show how it calls strerror, the C library's is taken") {
  SONDA_NEED_BPF();
  const ScratchFolder scratch;
  const auto copy = bash_without_stubs(scratch);
  const auto bash = bash::read_bash(copy);
  REQUIRE(bash);
  REQUIRE(bash->strerror.empty());
  const auto seen = watch_failure(copy);
  CHECK(seen.failure["errno"] == ENOTDIR);
  CHECK_THAT(seen.said, test::Contains("attached to strerror of "));
}
