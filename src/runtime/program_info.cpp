#include "runtime/program_info.h"

#include <bpf/bpf.h>

#include <cerrno>

#include "sonda/error.h"

namespace sonda {

bpf_prog_info program_info(const Program& program) {
  bpf_prog_info info{};
  read_program_info(program.fd(), program.name(), info);
  return info;
}

void read_program_info(int fd, const std::string& name, bpf_prog_info& info) {
  __u32 size = sizeof info;
  if (bpf_obj_get_info_by_fd(fd, &info, &size) != 0)
    throw system_error(Stage::read, name, "asking the kernel about the program", errno);
}

}  // namespace sonda
