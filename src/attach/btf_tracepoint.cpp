// Programs at the kernel's tracepoints that get the arguments by type.
#include "attach/btf_target.h"

namespace sonda {

Attached attach_btf_tracepoint(const Program& program, const BtfTracepoint& point) {
  return attach_to_target(program, to_string(point));
}

}  // namespace sonda
