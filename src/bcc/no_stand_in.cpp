// The library by which tools run: the kernel itself.
#include "bcc/stand_in.h"

namespace sonda::bcc {

StandIn* stand_in() { return nullptr; }

}  // namespace sonda::bcc
