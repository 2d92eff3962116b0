// Telling a bash from other files.
#include <filesystem>

#include "bash/bash_binary.h"
#include "support/catch.h"
#include "support/scratch.h"
#include "support/skip.h"

using sonda::bash::BashBinary;
using sonda::bash::read_bash;

TEST_CASE("a bash is known by what is in it") {
  SONDA_NEED(std::filesystem::exists("/bin/bash"), "/bin/bash");
  const auto bash = sonda::bash::read_bash("/bin/bash");
  REQUIRE(bash);
  CHECK(bash->cd != 0);
  CHECK(bash->pushd != 0);
  CHECK(bash->popd != 0);
  CHECK(bash->directory != 0);
  CHECK(bash->messages.size() == 2);
  CHECK(bash->strerror.size() == 1);
  const sonda::test::ScratchFolder scratch;
  const auto copy = scratch.path() / "any name";
  std::filesystem::copy_file(std::filesystem::canonical("/bin/bash"), copy);
  REQUIRE(sonda::bash::read_bash(copy));
  CHECK(sonda::bash::read_bash(copy)->cd == bash->cd);
}

TEST_CASE("anything else is not one") {
  const sonda::test::ScratchFolder scratch;
  CHECK_FALSE(sonda::bash::read_bash("/bin/true"));
  CHECK_FALSE(sonda::bash::read_bash("/etc/passwd"));
  CHECK_FALSE(sonda::bash::read_bash("/nowhere"));
  CHECK_FALSE(sonda::bash::read_bash("/"));
  CHECK_FALSE(sonda::bash::read_bash(scratch.write("empty", "")));
  CHECK_FALSE(sonda::bash::read_bash(scratch.write("half",
                                                   "\x7f"
                                                   "ELF\x02\x01\x01"
                                                   "cd_builtin")));
}

TEST_CASE("a cookie holds the command and the distance to the directory") {
  sonda::bash::BashBinary bash;
  bash.directory = 0x1000;
  bash.cd = 0x3000;  // the distance is negative
  bash.popd = 0x800;
  const auto spots = bash.spots();
  REQUIRE(spots.size() == 2);  // this bash has no pushd
  const auto distance = [](std::uint64_t cookie) { return static_cast<std::int64_t>(cookie << 8) >> 8; };
  CHECK(spots[0].address == 0x3000);
  CHECK(spots[0].cookie >> 56 == 0);
  CHECK(distance(spots[0].cookie) == -0x2000);
  CHECK(spots[1].cookie >> 56 == 2);
  CHECK(distance(spots[1].cookie) == 0x800);
  CHECK(spots[0].and_return);
}

TEST_CASE("places that only tell the reason have no return, and are attached before the commands") {
  sonda::bash::BashBinary bash;
  bash.cd = 0x3000;
  bash.messages = {0x100, 0x200};
  bash.strerror = {0x300};
  const auto spots = bash.spots();
  REQUIRE(spots.size() == 4);
  CHECK(spots[0].address == 0x300);
  CHECK(spots[0].cookie >> 56 == 4);
  CHECK(spots[2].address == 0x200);
  CHECK(spots[2].cookie >> 56 == 3);
  for (int i = 0; i < 3; ++i) CHECK_FALSE(spots[i].and_return);
  CHECK(spots[3].address == 0x3000);
  for (const auto& spot : spots) CHECK((spot.cookie & (sonda::uprobe_at_return | sonda::uprobe_at_both)) == 0);
}
