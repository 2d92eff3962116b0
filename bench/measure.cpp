// measure RUNS COMMAND ARG...: runs a command that often, its output thrown away, and prints on one line the median time
// from start to end in milliseconds and the largest peak of resident memory in kilobytes.
//
// It stays small itself: a child's peak counts from what its parent had in memory when it was made.

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

struct Run {
  double milliseconds = 0;
  long peak = 0;
  bool ok = false;
};

Run run(char** command) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const auto start = std::chrono::steady_clock::now();
  if (posix_spawnp(&pid, command[0], &actions, nullptr, command, environ) != 0) return {};
  int status = 0;
  rusage usage{};
  wait4(pid, &status, 0, &usage);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  posix_spawn_file_actions_destroy(&actions);
  return {took.count(), usage.ru_maxrss, status == 0};
}

}  // namespace

int main(int argc, char** argv) {
  const int runs = argc > 2 ? std::atoi(argv[1]) : 0;
  if (runs < 1) {
    std::fprintf(stderr, "usage: measure RUNS COMMAND ARG...\n");
    return 2;
  }
  std::vector<double> times;
  long peak = 0;
  for (int i = 0; i < runs; ++i) {
    const Run one = run(argv + 2);
    if (!one.ok) {
      std::fprintf(stderr, "measure: %s failed\n", argv[2]);
      return 1;
    }
    times.push_back(one.milliseconds);
    peak = std::max(peak, one.peak);
  }
  std::sort(times.begin(), times.end());
  std::printf("%.2f %ld\n", times[times.size() / 2], peak);
}
