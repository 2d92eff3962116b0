// Makes exactly so many minor page faults: each is the first write to an anonymous page.
//
//   faults --faults N [--threads T] [--rounds R] [--until-newline] [--pause MS] [--wait-for-newline]
//
// N faults in each of R rounds, or of more until a newline comes, shared out among T threads, with a pause after each
// round. Prints "faults=N before=A after=B", the process's minor
// faults by its own getrusage(2) around the work.
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <memory>
#include <thread>
#include <vector>

#include "target.h"

namespace {

long minor_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

char* fresh_pages(std::size_t bytes) {
  void* area = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (area == MAP_FAILED) return nullptr;
  madvise(area, bytes, MADV_NOHUGEPAGE);  // one fault a page, not one for many
  return static_cast<char*>(area);
}

/// A thread that writes to each of its pages, once a round, except in a first one that warms it up, until it is told to
/// stop. It waits in system calls alone: a barrier, or anything else of some size, has rare paths that would fault on
/// their own, some time.
class Worker {
 public:
  Worker(char* from, char* to, long page_size)
      : thread_([=, this] {
          bool warm = false;
          for (auto told = wait(start_); told != stop_now; told = wait(start_)) {
            for (char* at = from; warm && at < to; at += page_size) *static_cast<volatile char*>(at) = 1;
            warm = true;
            signal(done_, told);
          }
        }) {}
  void start() { signal(start_, go_now); }
  void finish() { wait(done_); }
  void stop() { signal(start_, stop_now); }

 private:
  static constexpr eventfd_t go_now = 1, stop_now = 2;
  static eventfd_t wait(int fd) {
    eventfd_t value = 0;
    if (eventfd_read(fd, &value) != 0) abort();
    return value;
  }
  static void signal(int fd, eventfd_t value) {
    if (eventfd_write(fd, value) != 0) abort();
  }

  int start_ = eventfd(0, 0), done_ = eventfd(0, 0);
  std::jthread thread_;
};

bool newline_came() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  if (poll(&input, 1, 0) <= 0) return false;
  target::wait_for_newline();
  return true;
}

void run_round(const std::vector<std::unique_ptr<Worker>>& crew, char* area, std::size_t bytes) {
  madvise(area, bytes, MADV_DONTNEED);  // each page is fresh again
  for (const auto& worker : crew) worker->start();
  for (const auto& worker : crew) worker->finish();
}

}  // namespace

int main(int argc, char** argv) {
  const long faults = target::option(argc, argv, "--faults", 5003);
  const long threads = target::option(argc, argv, "--threads", 1);
  const long rounds = target::option(argc, argv, "--rounds", 1);
  const long pause = target::option(argc, argv, "--pause", 0);
  const bool until_newline = target::flag(argc, argv, "--until-newline");
  const long page_size = sysconf(_SC_PAGESIZE);
  if (faults < 1 || threads < 1 || threads > 1000 || rounds < 1) return 2;
  const auto bytes = static_cast<std::size_t>(faults * page_size);
  char* area = fresh_pages(bytes);
  if (area == nullptr) return 1;

  std::vector<std::unique_ptr<Worker>> crew;
  for (long i = 0; i < threads; ++i) {
    const auto part = [=](long n) { return area + faults * n / threads * page_size; };
    crew.push_back(std::make_unique<Worker>(part(i), part(i + 1), page_size));
  }
  // Without pages: the threads' stacks, and all code that a round runs, are in memory before the handshake.
  minor_faults();
  run_round(crew, area, bytes);
  target::handshake(argc, argv);
  const long before = minor_faults();
  long done = 0;
  for (; done < rounds || (until_newline && !newline_came()); ++done) {
    run_round(crew, area, bytes);
    if (pause > 0) usleep(static_cast<useconds_t>(pause * 1000));
  }
  const long after = minor_faults();
  for (const auto& worker : crew) worker->stop();  // a thread's end faults too
  crew.clear();
  std::printf("faults=%ld before=%ld after=%ld\n", faults * done, before, after);
  target::farewell(argc, argv);
}
