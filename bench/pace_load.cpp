// pace_load CALLS: calls lseek(2), which fails at once, that often, with 0, 1, 2, ... as its offset; then writes the
// CPU time that it took itself, in seconds, into the file that PACE_LOAD names.
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  const long calls = argc > 1 ? std::atol(argv[1]) : 500'000;
  for (long i = 0; i < calls; ++i) lseek(-1, i, SEEK_SET);
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + time.tv_usec / 1e6; };
  const char* name = std::getenv("PACE_LOAD");
  FILE* const file = name != nullptr ? std::fopen(name, "w") : nullptr;
  if (file == nullptr) return 0;
  std::fprintf(file, "%f %f\n", seconds(used.ru_utime), seconds(used.ru_stime));
  return std::fclose(file) == 0 ? 0 : 1;
}
