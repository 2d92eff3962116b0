// Reading maps so that programs go on counting meanwhile.
#pragma once

#include <sched.h>

namespace sonda {

/// While the kernel reads a map for a thread, it runs no tracing program on that CPU, lest they wait for each other.
/// Where the thread can be preempted in the middle (kernels that are preemptible, as all are from Linux 7.0 on), the
/// events of whoever runs then are lost, and nobody counts them. While this lives, the calling thread is not preempted
/// by ordinary ones, if it may ask for that.
class Undisturbed {
 public:
  Undisturbed() noexcept;
  Undisturbed(const Undisturbed&) = delete;
  Undisturbed& operator=(const Undisturbed&) = delete;
  ~Undisturbed();

 private:
  int policy_ = -1;  ///< the thread's own, to be restored; -1: it was left alone
  sched_param own_{};
};

}  // namespace sonda
