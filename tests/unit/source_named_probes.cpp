// Probes that can be named: which there are, and what their files say of themselves.
#include <sys/stat.h>
#include <unistd.h>

#include "sonda/error.h"
#include "sonda/probe_source.h"
#include "support/catch.h"
#include "support/paths.h"
#include "support/scratch.h"
#include "support/skip.h"

using namespace sonda;
using namespace sonda::test;
namespace fs = std::filesystem;

namespace {

/// What a file with this text says of itself.
std::string about(std::string_view text) {
  const ScratchFolder folder;
  folder.write("one.c", text);
  const auto probes = named_probes({{folder.path(), "here"}});
  REQUIRE(probes.size() == 1);
  CHECK(probes[0].name == "one");
  CHECK(probes[0].path == folder.path() / "one.c");
  CHECK(probes[0].origin == "here");
  return probes[0].about();
}

}  // namespace

TEST_CASE("a probe is described by the first line of the comment that it begins with") {
  CHECK(about("// Who opens files.\n// And more.\nint x;\n") == "Who opens files.");
  CHECK(about("\n\n  //Who?\n") == "Who?");
  CHECK(about("//\n//   Below an empty line\n") == "Below an empty line");
  CHECK(about("/* Who opens files. */\nint x;\n") == "Who opens files.");
  CHECK(about("/*\n * Who opens\n * files.\n */\n") == "Who opens");
  CHECK(about("/**\n * Who?\n */\n") == "Who?");
  CHECK(about("// one.c: who opens files?\n") == "who opens files?");
  CHECK(about("// one.cc: who?\n") == "one.cc: who?");
  CHECK(about("// /proc/self, read\r\n") == "/proc/self, read");
  CHECK(about("int x;\n// Who?\n").empty());
  CHECK(about("#include <x.h>\n").empty());
  CHECK(about("//\n").empty());
  CHECK(about("/* */ // Not this one\n").empty());
  CHECK(about("/*").empty());
  CHECK(about("").empty());
}

TEST_CASE("each name stands once, as it would be found, folder by folder") {
  const ScratchFolder folder;
  folder.write("mine/z.c", "// mine");
  folder.write("mine/opens.c", "// my own");
  folder.write("theirs/opens.c", "// theirs");
  folder.write("theirs/a.c", "// a");
  folder.write("theirs/notes.txt", "// none");
  const std::vector<SearchFolder> folders{
      {folder.path() / "none", "x"}, {folder.path() / "mine", "y"}, {folder.path() / "theirs", "z"}};
  const auto probes = named_probes(folders);
  REQUIRE(probes.size() == 3);
  CHECK(probes[0].name == "opens");
  CHECK(probes[0].about() == "my own");
  CHECK(probes[0].path == ProbeSource::open("opens", folders).path());
  CHECK(probes[1].name == "z");
  CHECK(probes[2].name == "a");
  CHECK(named_probes({}).empty());
}

TEST_CASE("what is no file, or too large, has a name and is not read") {
  const ScratchFolder folder;
  fs::create_directories(folder.path() / "folder.c");
  REQUIRE(::mkfifo((folder.path() / "pipe.c").c_str(), 0600) == 0);
  fs::create_symlink("/nowhere", folder.path() / "broken.c");
  folder.write("large.c", "// large\n" + std::string(largest_probe, ' '));
  const auto probes = named_probes({{folder.path(), "here"}});
  CHECK(probes.size() == 4);
  for (const auto& probe : probes) CHECK(probe.about().empty());
}

TEST_CASE("root reads nothing that somebody else could have put there") {
  SONDA_NEED(::geteuid() == 0, "root");
  const ScratchFolder folder;
  const auto secret = folder.write("secret", "// not for everybody\n");
  const auto shared = folder.path() / "shared";
  fs::create_directories(shared);
  fs::create_symlink(secret, shared / "leak.c");
  CHECK(named_probes({{shared, "here"}}).at(0).about() == "not for everybody");
  fs::permissions(shared, fs::perms::all);
  CHECK(named_probes({{shared, "here"}}).at(0).about().empty());
}

TEST_CASE("every probe that comes with Sonda says what it is") {
  for (const auto* folder : {"probes", "examples/probes"}) {
    const auto probes = named_probes({{in_source(folder), folder}});
    CHECK(probes.size() >= 4);
    for (const auto& probe : probes) {
      CAPTURE(probe.name);
      CHECK(probe.about().size() > 20);
    }
  }
}
