// A chain of calls that is known: main, chain_outer, chain::middle, chain_inner. The last touches fresh pages and
// calls the kernel.
//
//   chain [--pages N] [--calls N] [--wait-for-newline]
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "target.h"

namespace {

volatile long sink = 0;

struct Work {
  long pages, calls;
};

}  // namespace

// What follows each call keeps it from being the function's last.
extern "C" [[gnu::noinline]] void chain_inner(const Work& work) {
  const long size = ::sysconf(_SC_PAGESIZE);
  void* area = ::mmap(nullptr, static_cast<std::size_t>((work.pages + 1) * size), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (area == MAP_FAILED) return;
  auto* bytes = static_cast<volatile char*>(area);
  for (long page = 0; page < work.pages; ++page) bytes[page * size] = 1;
  for (long call = 0; call < work.calls; ++call) sink = sink + ::syscall(SYS_getppid);
  sink = sink + 1;
}

namespace chain {

[[gnu::noinline]] void middle(const Work& work, int extra) {
  chain_inner(work);
  sink = sink + extra;
}

}  // namespace chain

extern "C" [[gnu::noinline]] void chain_outer(const Work& work) {
  chain::middle(work, 2);
  sink = sink + 3;
}

int main(int argc, char** argv) {
  const Work work{target::option(argc, argv, "--pages", 0), target::option(argc, argv, "--calls", 0)};
  target::handshake(argc, argv);
  chain_outer(work);
  std::puts("done");
  target::farewell(argc, argv);
}
