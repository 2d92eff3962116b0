// Signals at any moment: a right status, no stray message, nothing left behind.
#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <random>
#include <thread>

#include "support/catch.h"
#include "support/patience.h"
#include "support/scratch.h"
#include "support/skip.h"
#include "support/started_tool.h"

namespace sonda::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::microseconds;

constexpr int tries = 40;
constexpr microseconds beginning{40'000}, first_moments{400'000};

unsigned seed() {
  const auto* given = std::getenv("SONDA_TEST_SEED");
  return given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device()();
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  return names;
}

/// A tool that would go on for ever gets a signal at a moment that nobody chose.
class Interruption {
 public:
  Interruption(std::string tool, bool cold) : tool_(std::move(tool)) {
    // The tools keep what is temporary in /run, which here is nobody else's.
    mounts_.mount_tmpfs("/run");
    if (cold) {
      arguments_.emplace_back("--no-cache");
    } else {
      REQUIRE(StartedTool(tool_, {"-d", "0"}, how()).wait().status == 0);  // from here on it is in the cache
    }
  }

  void at(microseconds moment, int number, bool whole_group) {
    StartedTool tool(tool_, arguments_, how());
    std::this_thread::sleep_for(moment);
    Held held;
    REQUIRE(tool.freeze(held));
    tool.signal(number, whole_group);
    const auto end = tool.wait();
    CAPTURE(end.tracing, end.out, held.programs.size(), held.children.size());
    CHECK(end.status == (end.tracing ? 0 : 128 + number));
    CHECK(end.err.empty());
    CHECK(left_of(held) == 0);
    CHECK(names_in(mounts_.outside("/run")).empty());
    began_ += end.tracing ? 1 : 0;
  }

  int began() const { return began_; }

 private:
  StartedTool::How how() const {
    return {.environment = {"XDG_CACHE_HOME=" + cache_.path().string()}, .mounts = &mounts_, .output = {}};
  }

  std::string tool_;
  ScratchFolder cache_;
  PrivateMounts mounts_;
  std::vector<std::string> arguments_;
  int began_ = 0;
};

void interrupt_often(const std::string& tool, bool cold) {
  const auto chosen = seed();
  INFO("SONDA_TEST_SEED=" << chosen);
  std::mt19937 random(chosen);
  Interruption interruption(tool, cold);
  for (int i = 0; i < tries; ++i) {
    // Half of them before a warm start is over.
    const auto longest = slowness() * (!cold && i % 2 == 0 ? beginning : first_moments);
    const microseconds moment(random() % static_cast<unsigned>(longest.count()));
    const int number = random() % 2 == 0 ? SIGINT : SIGTERM;
    const bool whole_group = random() % 2 == 0;
    CAPTURE(i, moment.count(), number, whole_group);
    interruption.at(moment, number, whole_group);
  }
  // Otherwise it was never traced, and half of this was not tested.
  if (!cold) CHECK(interruption.began() > 0);
}

}  // namespace

TEST_CASE("cdsnoop can be interrupted at any moment of a warm start") {
  SONDA_NEED_TOOLS_AND_MOUNTS();
  interrupt_often("cdsnoop", false);
}

TEST_CASE("cdsnoop can be interrupted at any moment of a cold start") {
  SONDA_NEED_TOOLS_AND_MOUNTS();
  interrupt_often("cdsnoop", true);
}

TEST_CASE("pagefaultcount can be interrupted at any moment of a warm start") {
  SONDA_NEED_TOOLS_AND_MOUNTS();
  interrupt_often("pagefaultcount", false);
}

TEST_CASE("pagefaultcount can be interrupted at any moment of a cold start") {
  SONDA_NEED_TOOLS_AND_MOUNTS();
  interrupt_often("pagefaultcount", true);
}

}  // namespace sonda::test
