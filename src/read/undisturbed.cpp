#include "read/undisturbed.h"

namespace sonda {

Undisturbed::Undisturbed() noexcept {
  const int policy = ::sched_getscheduler(0);
  if ((policy != SCHED_OTHER && policy != SCHED_BATCH) || ::sched_getparam(0, &own_) != 0) return;
  const sched_param lowest{.sched_priority = 1};
  if (::sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &lowest) == 0) policy_ = policy;
}

Undisturbed::~Undisturbed() {
  if (policy_ >= 0) ::sched_setscheduler(0, policy_, &own_);
}

}  // namespace sonda
