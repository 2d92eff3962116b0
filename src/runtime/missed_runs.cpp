#include "runtime/missed_runs.h"

#include <bpf/bpf.h>

#include <cerrno>

#include "sonda/error.h"

namespace sonda {

std::uint64_t missed_runs(const LoadedImage& loaded) {
  std::uint64_t sum = 0;
  for (const auto& program : loaded.programs()) {
    bpf_prog_info info{};
    __u32 size = sizeof info;
    if (bpf_obj_get_info_by_fd(program->fd(), &info, &size) != 0)
      throw system_error(Stage::read, program->name(), "asking the kernel about the program", errno);
    sum += info.recursion_misses;
  }
  return sum;
}

}  // namespace sonda
