// A file that is saved is noticed, however an editor does it.
#include <poll.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "base/file_watch.h"
#include "support/catch.h"
#include "support/file_text.h"
#include "support/patience.h"
#include "support/scratch.h"

namespace sonda::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

/// Whether it says so while there is patience.
bool noticed(FileWatch& watch, std::chrono::nanoseconds longest = patience()) {
  const auto end = std::chrono::steady_clock::now() + longest;
  while (std::chrono::steady_clock::now() < end) {
    pollfd waiting{watch.fd(), POLLIN, 0};
    ::poll(&waiting, 1, 50);
    if (watch.changed()) return true;
  }
  return false;
}

void write(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }

}  // namespace

TEST_CASE("a saved file is noticed once, written in place, renamed to its name, or linked there") {
  const ScratchFolder folder;
  const auto file = folder.write("probe.c", "old"), other = folder.path() / "other",
             backup = folder.path() / "probe.c~";
  const std::vector<std::function<void()>> ways{
      [&] { write(file, "new"); },
      [&] {  // sed -i, mv
        write(other, "new");
        fs::rename(other, file);
      },
      [&] {  // vim
        fs::rename(file, backup);
        write(file, "new");
        fs::permissions(file, fs::perms::owner_all);
        fs::remove(backup);
      },
      [&] {  // nano, with a backup
        fs::copy_file(file, backup);
        write(file, "new");
        fs::remove(backup);
      },
      [&] {  // git checkout
        fs::remove(file);
        write(file, "new");
      },
      [&] {
        write(other, "new");
        fs::remove(file);
        fs::create_hard_link(other, file);
        fs::remove(other);
      },
  };
  for (std::size_t way = 0; way < ways.size(); ++way) {
    CAPTURE(way);
    write(file, "old");
    FileWatch watch({file});
    CHECK_FALSE(watch.changed());
    ways[way]();
    CHECK(noticed(watch));
    CHECK(text_of(file) == "new");
    CHECK_FALSE(noticed(watch, milliseconds(200)));
  }
}

TEST_CASE("what others save in the folder is not noticed, what is watched besides is") {
  const ScratchFolder folder;
  const auto file = folder.write("probe.c", "old"), header = folder.path() / "probe.h";
  FileWatch watch({file});
  folder.write("other.c", "new");
  CHECK_FALSE(noticed(watch, milliseconds(200)));
  watch.watch({file, header});  // which is not there yet
  folder.write("probe.h", "new");
  CHECK(noticed(watch));
}

TEST_CASE("a file that is half written is not taken for whole") {
  const ScratchFolder folder;
  const auto file = folder.write("probe.c", "old");
  FileWatch watch({file});
  std::ofstream out(file);
  out << "half ";
  out.flush();
  CHECK_FALSE(noticed(watch, milliseconds(300)));
  out << "whole";
  out.close();
  CHECK(noticed(watch));
  // A writer that never closes has finished when it rests.
  std::ofstream open(file);
  open << "all of it" << std::flush;
  CHECK(noticed(watch));
  CHECK(text_of(file) == "all of it");
}

TEST_CASE("a file, and its folder, may go and come back, and a symbolic link is followed") {
  const ScratchFolder folder;
  const auto file = folder.write("probes/probe.c", "old");
  FileWatch watch({file});
  fs::remove(file);
  CHECK(noticed(watch));
  write(file, "new");
  CHECK(noticed(watch));
  fs::remove_all(file.parent_path());
  CHECK(noticed(watch));
  fs::create_directory(file.parent_path());
  write(file, "newer");
  CHECK(noticed(watch));

  const auto real = folder.write("real.c", "old"), link = folder.path() / "link.c";
  fs::create_symlink(real, link);
  FileWatch through({link});
  write(real, "new");
  CHECK(noticed(through));
}

}  // namespace sonda::test
