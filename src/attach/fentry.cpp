// Programs on entry to, or return from, functions of the kernel that get the arguments by type.
#include "attach/btf_target.h"

namespace sonda {

Attached attach_fentry(const Program& program, const Fentry& point) {
  return attach_to_target(program, to_string(point));
}

}  // namespace sonda
