#include "runtime/program_info.h"

#include <bpf/bpf.h>

#include <cerrno>

#include "sonda/error.h"

namespace sonda {

bpf_prog_info program_info(const Program& program) {
  bpf_prog_info info{};
  __u32 size = sizeof info;
  if (bpf_obj_get_info_by_fd(program.fd(), &info, &size) != 0)
    throw system_error(Stage::read, program.name(), "asking the kernel about the program", errno);
  return info;
}

}  // namespace sonda
