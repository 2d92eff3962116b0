#include "sonda/probe_source.h"

#include <sys/stat.h>
#include <unistd.h>

#include "sonda/error.h"
#include "support/catch.h"
#include "support/paths.h"
#include "support/scratch.h"
#include "support/skip.h"

using namespace sonda;
using namespace sonda::test;
namespace fs = std::filesystem;

namespace {

template <class Action>
std::string what_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    CHECK(error.stage() == Stage::source);
    return error.what();
  }
  return "no error";
}

std::string what_of_open(const std::string& name, const std::vector<SearchFolder>& folders = {}) {
  return what_of([&] { ProbeSource::open(name, folders); });
}

}  // namespace

TEST_CASE("a probe given by path is read from there") {
  const ScratchFolder folder;
  const auto file = folder.write("a.c", "// @param A 1 \"b\"\n");
  const auto source = ProbeSource::open(file.string(), {});
  CHECK(source.name() == file.string());
  CHECK(source.path() == file);
  CHECK(source.origin() == "path");
  CHECK(source.text() == "// @param A 1 \"b\"\n");
  CHECK(source.parameters().size() == 1);
}

TEST_CASE("a file that changed is read as it is now") {
  const ScratchFolder folder;
  const auto file = folder.write("a.c", "int old;");
  CHECK(ProbeSource::open(file.string(), {}).text() == "int old;");
  folder.write("a.c", "int other;");
  CHECK(ProbeSource::open(file.string(), {}).text() == "int other;");
}

TEST_CASE("a name ending in .c is a path in the current folder") {
  const ScratchFolder folder;
  folder.write("probes/a.c", "int x;");
  const auto status = exit_of_child([&] {
    fs::current_path(folder.path() / "probes");
    const auto source = ProbeSource::open("a.c", {});
    return source.name() == "a.c" && source.path() == folder.path() / "probes/a.c" ? 0 : 1;
  });
  CHECK(status == 0);
}

TEST_CASE("a probe given by name is looked for in order") {
  const ScratchFolder folder;
  folder.write("second/a.c", "int second;");
  folder.write("second/b.c", "int second;");
  folder.write("first/a.c", "int first;");
  const std::vector<SearchFolder> folders{
      {folder.path() / "none", "nowhere"}, {folder.path() / "first", "one"}, {folder.path() / "second", "two"}};
  const auto a = ProbeSource::open("a", folders);
  CHECK(a.text() == "int first;");
  CHECK(a.origin() == "one");
  CHECK(a.name() == (folder.path() / "first/a.c").string());
  CHECK(ProbeSource::open("b", folders).origin() == "two");
}

TEST_CASE("a name that is not found says where it was looked for, and what is near") {
  const ScratchFolder folder;
  folder.write("p/cdsnoop.c", "");
  folder.write("p/notes.txt", "");
  const std::vector<SearchFolder> folders{{folder.path() / "p", "x"}, {folder.path() / "none", "y"}};
  CHECK(what_of_open("cdsnop", folders) == "source: cdsnop: no such probe in " + (folder.path() / "p").string() + ", " +
                                               (folder.path() / "none").string() + "\nthere are:\n  cdsnoop" +
                                               "\nhint: did you mean 'cdsnoop'?");
  CHECK(what_of_open("xyzzy", folders)
            .ends_with("there are:\n  cdsnoop\nhint: give the path of a probe file, or set "
                       "SONDA_PROBE_PATH to the folder that holds it"));
  CHECK(what_of_open("xyzzy", {}).find("there is no folder to look for probes in") != std::string::npos);
  CHECK(what_of_open("", folders) == "source: '': a probe has a name\nhint: give the name or the path of a probe");
  CHECK(what_of_open(std::string("a\0b", 3), folders) == "source: a\\x00b: a name holds no NUL");
}

TEST_CASE("a name that is not found points to the file in this folder") {
  const ScratchFolder folder;
  folder.write("mine.c", "");
  const auto status = exit_of_child([&] {
    fs::current_path(folder.path());
    try {
      ProbeSource::open("mine", {});
    } catch (const Error& error) {
      return error.hint() == "for the file in this folder say ./mine.c" ? 0 : 1;
    }
    return 2;
  });
  CHECK(status == 0);
}

TEST_CASE("what is no probe file is refused with the reason") {
  const ScratchFolder folder;
  const auto path = (folder.path() / "x.c").string();
  CHECK(what_of_open(path) == "source: " + path + ": cannot open: No such file or directory");
  CHECK(what_of_open(folder.path().string() + "/") == "source: " + folder.path().string() + "/: it is a folder");
  fs::create_directory(folder.path() / "d.c");
  CHECK(what_of_open("d", {{folder.path(), "x"}}) ==
        "source: " + (folder.path() / "d.c").string() + ": it is a folder");
  fs::create_symlink("nowhere", folder.path() / "dangling.c");
  CHECK(what_of_open("dangling", {{folder.path(), "x"}}).ends_with("cannot open: No such file or directory"));
  const auto large = folder.write("large.c", std::string((1 << 20) + 1, ' '));
  CHECK(what_of_open(large.string()) ==
        "source: " + large.string() + ": it is larger than 1048576 bytes, the most that is read");
  const auto full = folder.write("full.c", std::string(1 << 20, ' '));
  CHECK(what_of_open(full.string()) == "no error");
  const auto nul = folder.write("nul.c", std::string_view("int x;\nint \0y;", 14));
  CHECK(what_of_open(nul.string()) ==
        "source: " + nul.string() + ":2:5: there is a NUL byte, so this is no C source\nint \\x00y;\n    ^");
}

TEST_CASE("a probe file that cannot be read is not passed over") {
  SONDA_NEED(::geteuid() == 0, "root, to become another user");
  const ScratchFolder folder;
  folder.write("first/a.c", "int first;");
  folder.write("second/a.c", "int second;");
  fs::permissions(folder.path(), fs::perms(0755));
  fs::permissions(folder.path() / "first/a.c", fs::perms(0600));
  const auto status = exit_of_child([&] {
    if (::setgid(65534) != 0 || ::setuid(65534) != 0) return 2;
    try {
      ProbeSource::open("a", {{folder.path() / "first", "x"}, {folder.path() / "second", "y"}});
    } catch (const Error& error) {
      return error.cause() == "cannot open: Permission denied" ? 0 : 1;
    }
    return 3;
  });
  CHECK(status == 0);
}

TEST_CASE("a folder that may not be looked into is passed over") {
  SONDA_NEED(::geteuid() == 0, "root, to become another user");
  const ScratchFolder folder;
  folder.write("first/a.c", "int first;");
  folder.write("second/a.c", "int second;");
  fs::permissions(folder.path(), fs::perms(0755));
  fs::permissions(folder.path() / "first", fs::perms(0700));
  const auto status = exit_of_child([&] {
    if (::setgid(65534) != 0 || ::setuid(65534) != 0) return 2;
    const auto found = ProbeSource::open("a", {{folder.path() / "first", "x"}, {folder.path() / "second", "y"}});
    return found.origin() == "y" ? 0 : 1;
  });
  CHECK(status == 0);
}

TEST_CASE("root does not run a probe that others can write") {
  SONDA_NEED(::geteuid() == 0, "root, to make files of other users");
  const ScratchFolder folder;
  const auto file = folder.write("p/a.c", "int x;");
  const std::vector<SearchFolder> folders{{folder.path() / "p", "x"}};
  CHECK(what_of_open("a", folders) == "no error");
  REQUIRE(::chown(file.c_str(), 65534, 65534) == 0);
  CHECK(what_of_open("a", folders).find("belongs to user 65534") != std::string::npos);
  REQUIRE(::chown(file.c_str(), 0, 0) == 0);
  fs::permissions(folder.path() / "p", fs::perms(0777));
  CHECK(what_of_open(file.string()).find("everybody could write " + (folder.path() / "p").string()) !=
        std::string::npos);
}

TEST_CASE("a probe from memory has the name it is given and no path") {
  const auto source = ProbeSource::from_text("mine", "int x;");
  CHECK(source.name() == "mine");
  CHECK(source.path().empty());
  CHECK(source.origin() == "memory");
  CHECK(what_of([] { ProbeSource::from_text("m", std::string((1 << 20) + 1, ' ')); }).find("larger than") !=
        std::string::npos);
}

TEST_CASE("a parameter gets another value") {
  auto source = ProbeSource::from_text("p.c", "// @param FREQ 49 \"\"\n// @param NAME \"a\" \"\"\n");
  source.set("FREQ", "99");
  source.set("NAME=\"x=y\"");
  source.set(" FREQ = -0x10 ");
  CHECK(source.parameters()[0].value == "-0x10");
  CHECK(source.parameters()[1].value == "\"x=y\"");
}

TEST_CASE("a parameter's value cannot carry code") {
  auto source = ProbeSource::from_text("p.c", "// @param FREQ 49 \"\"\n");
  for (const auto* value : {"", "1;", "1 + 1", "f()", "1\n#include \"x\"", "\"a\" \"b\"", "\"a", "1/**/", "\\"}) {
    CHECK(what_of([&] { source.set("FREQ", value); }).find("it is not one token of C") != std::string::npos);
    CHECK(source.parameters()[0].value == "49");
  }
}

TEST_CASE("a parameter that is not there is named with near ones") {
  auto source = ProbeSource::from_text("p.c", "// @param FREQ 49 \"\"\n// @param PAGES 1 \"\"\n");
  CHECK(what_of([&] { source.set("freq", "1"); }) ==
        "source: p.c: it has no parameter 'freq'\nhint: did you mean 'FREQ'?");
  CHECK(what_of([&] { source.set("X=1"); }) ==
        "source: p.c: it has no parameter 'X'\nhint: its parameters are FREQ, PAGES");
  CHECK(what_of([&] { source.set("FREQ"); }) == "source: FREQ: a parameter is set with NAME=VALUE");
  auto bare = ProbeSource::from_text("p.c", "");
  CHECK(what_of([&] { bare.set("A=1"); }) == "source: p.c: it has no parameter 'A'\nhint: it has no parameters");
}

TEST_CASE("the search path has the environment first, then the user's folder, then Sonda's own") {
  const ScratchFolder home;
  const ScopedVariable chosen("SONDA_PROBE_PATH", "/a::relative:"), at_home("HOME", home.path().string()),
      config("XDG_CONFIG_HOME", std::nullopt);
  const auto folders = probe_search_path();
  REQUIRE(folders.size() >= 4);
  CHECK(folders[0].folder == "/a");
  CHECK(folders[0].origin == "SONDA_PROBE_PATH");
  CHECK(folders[1].folder == "relative");
  CHECK(folders[2].folder == home.path() / ".config/sonda/probes");
  CHECK(folders[2].origin == "user configuration");
  CHECK(folders[3].origin == "installed");
  CHECK(folders[4].origin == "build tree");
  CHECK(folders.back().folder == in_source("examples/probes"));
  CHECK(folders.back().origin == "example");
}

TEST_CASE("places are written as compilers write them") {
  CHECK(to_string(SourceLocation{"a.c", 3, 4}) == "a.c:3:4");
  CHECK(to_string(SourceLocation{"a.c", 3, 0}) == "a.c:3");
  CHECK(to_string(SourceLocation{"a.c", 0, 4}) == "a.c");
}
