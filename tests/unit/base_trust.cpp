#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "support/catch.h"
#include "support/scratch.h"
#include "support/skip.h"

using namespace sonda;
using namespace sonda::test;
namespace fs = std::filesystem;

namespace {

constexpr uid_t nobody = 65534;

std::string because(const fs::path& path) { return untrusted_because(path, TrustedOwners::root_and_sudo_user); }

bool names(const std::string& text, const fs::path& path) {
  return text.find(path.string() + " ") != text.npos || text.ends_with(path.string());
}

void give(const fs::path& path, uid_t owner) { REQUIRE(::lchown(path.c_str(), owner, owner) == 0); }
void set_mode(const fs::path& path, mode_t mode) { REQUIRE(::chmod(path.c_str(), mode) == 0); }

}  // namespace

#define NEED_ROOT() SONDA_NEED(::geteuid() == 0, "root, to make files of other users")

TEST_CASE("root's own file in a sticky folder is trusted") {
  NEED_ROOT();
  const ScratchFolder folder;
  const auto file = folder.write("probes/a.c", "x");
  CHECK(because(file) == "");
  CHECK_NOTHROW(require_trusted(file));
  set_mode(folder.path() / "probes", 01777);
  CHECK(because(file) == "");
}

TEST_CASE("what does not exist yet is nobody's") {
  NEED_ROOT();
  const ScratchFolder folder;
  CHECK(because(folder.path() / "none" / "x.c") == "");
}

TEST_CASE("another user's file, folder or link is refused by name") {
  NEED_ROOT();
  const ScratchFolder folder;
  const auto file = folder.write("probes/a.c", "x");
  const auto probes = file.parent_path();
  SECTION("file") {
    give(file, nobody);
    CHECK(names(because(file), file));
    CHECK_THROWS_WITH(require_trusted(file), test::Contains("belongs to user 65534") && test::Contains("hint: "));
  }
  SECTION("folder") {
    give(probes, nobody);
    CHECK(names(because(file), probes));
  }
  SECTION("link") {
    const auto link = folder.path() / "link.c";
    fs::create_symlink(file, link);
    CHECK(because(link) == "");
    give(link, nobody);
    CHECK(names(because(link), link));
  }
  SECTION("a folder behind a link") {
    fs::create_directory_symlink(probes, folder.path() / "other");
    CHECK(because(folder.path() / "other/a.c") == "");
    give(probes, nobody);
    CHECK(names(because(folder.path() / "other/a.c"), probes));
  }
  SECTION("a folder between two links") {
    fs::create_directory(folder.path() / "middle");
    fs::create_symlink(file, folder.path() / "middle/second.c");
    fs::create_symlink("middle/second.c", folder.path() / "first.c");
    CHECK(because(folder.path() / "first.c") == "");
    give(folder.path() / "middle", nobody);
    CHECK(names(because(folder.path() / "first.c"), folder.path() / "middle"));
  }
}

TEST_CASE("what others can write is refused") {
  NEED_ROOT();
  const ScratchFolder folder;
  const auto file = folder.write("probes/a.c", "x");
  SECTION("everybody, the file") {
    set_mode(file, 0646);
    CHECK(because(file) == "everybody could write " + file.string());
  }
  SECTION("everybody, a folder") {
    set_mode(file.parent_path(), 0777);
    CHECK(because(file) == "everybody could write " + file.parent_path().string());
  }
  SECTION("a group") {
    REQUIRE(::chown(file.c_str(), 0, nobody) == 0);
    set_mode(file, 0664);
    CHECK(because(file) == "group 65534 could write " + file.string());
  }
}

TEST_CASE("links that go in a circle are refused") {
  NEED_ROOT();
  const ScratchFolder folder;
  fs::create_symlink(folder.path() / "b", folder.path() / "a");
  fs::create_symlink(folder.path() / "a", folder.path() / "b");
  CHECK(because(folder.path() / "a").find("too many symbolic links") == 0);
}

TEST_CASE("the user who called sudo is trusted like root, where that is asked for") {
  NEED_ROOT();
  const ScratchFolder folder;
  const auto file = folder.write("a.c", "x");
  give(file, 12345);
  CHECK(because(file) != "");
  const ScopedVariable sudo("SUDO_UID", "12345");
  CHECK(because(file) == "");
  CHECK(untrusted_because(file, TrustedOwners::root) != "");
}

TEST_CASE("a SUDO_UID that is no user's number trusts nobody") {
  NEED_ROOT();
  const ScratchFolder folder;
  const auto file = folder.write("a.c", "x");
  give(file, nobody);
  for (const auto* text : {"", "nobody", "-2", "65534 ", "4294967295", "99999999999999999999"}) {
    const ScopedVariable sudo("SUDO_UID", text);
    CHECK(because(file) != "");
  }
}

TEST_CASE("who is not root may read anybody's file") {
  NEED_ROOT();
  const ScratchFolder folder;
  const auto file = folder.write("a.c", "x");
  set_mode(folder.path(), 0777);
  const auto status = exit_of_child([&] {
    if (::setgid(nobody) != 0 || ::setuid(nobody) != 0) return 2;
    require_trusted(file);
    return 0;
  });
  CHECK(status == 0);
}
