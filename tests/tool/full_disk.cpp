// A disk without room: for the output, for the cache, for what is temporary.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "support/catch.h"
#include "support/file_text.h"
#include "support/scratch.h"
#include "support/skip.h"
#include "support/started_tool.h"

namespace sonda::test {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> tools{"cdsnoop", "pagefaultcount"};

/// A file system of its own on which there is room for `room` pages and no more.
class SmallDisk {
 public:
  explicit SmallDisk(std::size_t room = 0) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    mounts_.mount_tmpfs(path(), {.bytes = (room + 1) * page});
    std::ofstream(mounts_.outside(path() / filler)) << std::string(page, 'x');
  }

  const fs::path& path() const { return place_.path(); }
  const PrivateMounts& mounts() const { return mounts_; }
  /// The files on it, besides the one that fills it.
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(mounts_.outside(path())))
      if (entry.is_regular_file() && entry.path().filename() != filler) names.push_back(entry.path());
    return names;
  }

 private:
  static constexpr auto filler = "filler";
  ScratchFolder place_;
  PrivateMounts mounts_;
};

/// One message: it, and its hint.
bool is_one_message(const std::string& text, const std::string& tool) {
  return text.starts_with(tool + ": ") && std::ranges::count(text, '\n') <= 2;
}

void check_output_error(const ToolEnd& end, const std::string& tool) {
  CAPTURE(tool, end.err);
  CHECK(end.status == 1);
  CHECK_THAT(end.err, Contains("standard output") && Contains("No space left on device"));
  CHECK(is_one_message(end.err, tool));
}

}  // namespace

TEST_CASE("output to a full disk is one clear error") {
  SONDA_NEED_TOOLS_AND_MOUNTS();
  for (const auto& tool : tools) {
    const SmallDisk disk;
    const std::vector<std::string> environment{"LC_ALL=C"};
    StartedTool started(tool, {"-d", "0"},
                        {.environment = environment, .mounts = &disk.mounts(), .output = disk.path() / "output"});
    check_output_error(started.wait(), tool);
  }
}

TEST_CASE("output to a disk that becomes full is one clear error, after what there was room for") {
  SONDA_NEED_TOOLS_AND_MOUNTS();
  const SmallDisk disk(1);
  const auto output = disk.path() / "output";
  StartedTool started("cdsnoop", {}, {.environment = {"LC_ALL=C"}, .mounts = &disk.mounts(), .output = output});
  REQUIRE(started.ready());
  REQUIRE(exit_of_child([] {
            ::execl("/bin/bash", "bash", "--norc", "-c", "for ((i = 0; i < 500; i++)); do cd /usr; done", nullptr);
            return 127;
          }) == 0);
  check_output_error(started.wait(), "cdsnoop");
  const auto text = text_of(disk.mounts().outside(output));
  CHECK(text.starts_with("TIME "));
  CHECK(text.size() == static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)));
}

TEST_CASE("a cache on a full disk is done without, silently") {
  SONDA_NEED_TOOLS_AND_MOUNTS();
  for (const auto& tool : tools) {
    CAPTURE(tool);
    const SmallDisk disk;
    StartedTool started(
        tool, {"-d", "0"},
        {.environment = {"XDG_CACHE_HOME=" + disk.path().string()}, .mounts = &disk.mounts(), .output = {}});
    const auto end = started.wait();
    CHECK(end.status == 0);
    CHECK(end.err.empty());
    CHECK_FALSE(end.out.empty());
    CHECK(disk.files().empty());
  }
}

TEST_CASE("a cache on a disk that takes not even a folder is done without, silently") {
  SONDA_NEED_TOOLS_AND_MOUNTS();
  for (const auto& tool : tools) {
    CAPTURE(tool);
    const ScratchFolder place;
    const PrivateMounts mounts;
    mounts.mount_tmpfs(place.path(), {.bytes = 0, .inodes = 1});
    StartedTool started(tool, {"-d", "0"},
                        {.environment = {"XDG_CACHE_HOME=" + place.path().string()}, .mounts = &mounts, .output = {}});
    const auto end = started.wait();
    CHECK(end.status == 0);
    CHECK(end.err.empty());
  }
}

TEST_CASE("no room for what is temporary is one clear error, and leaves nothing") {
  SONDA_NEED_TOOLS_AND_MOUNTS();
  for (const auto& tool : tools) {
    const ScratchFolder cache;
    const PrivateMounts mounts;
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    mounts.mount_tmpfs("/run", {.bytes = page});
    std::ofstream(mounts.outside("/run/filler")) << std::string(page, 'x');
    const std::vector<std::string> environment{"LC_ALL=C", "XDG_CACHE_HOME=" + cache.path().string()};
    StartedTool started(tool, {"-d", "0", "--no-cache"}, {.environment = environment, .mounts = &mounts, .output = {}});
    const auto end = started.wait();
    CAPTURE(tool, end.err);
    CHECK(end.status == 1);
    CHECK_THAT(end.err, Contains("No space left on device"));
    CHECK(is_one_message(end.err, tool));
    CHECK(std::distance(fs::directory_iterator(mounts.outside("/run")), {}) == 1);
  }
}

}  // namespace sonda::test
