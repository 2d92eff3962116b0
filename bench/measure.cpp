// measure [--ready] RUNS COMMAND ARG...: runs a command that often, its output thrown away, and prints on one line the
// median time from start to end in milliseconds and the largest peak of resident memory in kilobytes. With --ready the
// time is the one until the command has said on the descriptor in SONDA_NOTIFY_READY that everything is attached.
//
// It stays small itself: a child's peak counts from what its parent had in memory when it was made.

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

struct Run {
  double milliseconds = 0;
  long peak = 0;
  bool ok = false;
};

using Clock = std::chrono::steady_clock;

/// Waits until the other end has written something or is gone.
Clock::time_point first_word(int fd) {
  char word[16];
  while (read(fd, word, sizeof word) < 0) {
  }
  return Clock::now();
}

Run run(char** command, bool until_ready) {
  int ready[2] = {-1, -1};
  if (until_ready && pipe2(ready, 0) != 0) return {};
  if (until_ready) {
    fcntl(ready[0], F_SETFD, FD_CLOEXEC);
    setenv("SONDA_NOTIFY_READY", std::to_string(ready[1]).c_str(), 1);
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const auto start = Clock::now();
  if (posix_spawnp(&pid, command[0], &actions, nullptr, command, environ) != 0) return {};
  Clock::time_point end;
  if (until_ready) {
    close(ready[1]);
    end = first_word(ready[0]);
    close(ready[0]);
  }
  int status = 0;
  rusage usage{};
  wait4(pid, &status, 0, &usage);
  const std::chrono::duration<double, std::milli> took = (until_ready ? end : Clock::now()) - start;
  posix_spawn_file_actions_destroy(&actions);
  return {took.count(), usage.ru_maxrss, status == 0};
}

}  // namespace

int main(int argc, char** argv) {
  const bool until_ready = argc > 1 && std::strcmp(argv[1], "--ready") == 0;
  if (until_ready) {
    ++argv;
    --argc;
  }
  const int runs = argc > 2 ? std::atoi(argv[1]) : 0;
  if (runs < 1) {
    std::fprintf(stderr, "usage: measure [--ready] RUNS COMMAND ARG...\n");
    return 2;
  }
  std::vector<double> times;
  long peak = 0;
  for (int i = 0; i < runs; ++i) {
    const Run one = run(argv + 2, until_ready);
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
