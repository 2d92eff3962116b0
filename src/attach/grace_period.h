// Waiting until programs that run now have ended.
#pragma once

namespace sonda {

/// When it returns, every run of a program that was under way before the call has ended: each is inside an RCU section,
/// and this waits for all of those.
void wait_for_running_programs() noexcept;

}  // namespace sonda
