// In a file of its own, so that every call is one: nothing of it is known where it is called.
#include "cli/learn/workload.h"

#if __has_include(<sys/sdt.h>)
#include <sys/sdt.h>
#endif

namespace {

/// What the compiler has to believe is done with them.
template <class... Values>
void use(Values... values) {
  (..., [](auto value) { asm volatile("" ::"r"(value) : "memory"); }(values));
}

}  // namespace

extern "C" {

[[gnu::noinline]] long sonda_order(std::uint32_t customer, std::uint64_t amount, const char* note) {
  use(customer, amount, note);
  return amount == 0 ? -1 : 0;
}

[[gnu::noinline]] void sonda_pay(std::uint32_t customer, std::uint64_t amount) { use(customer, amount); }

[[gnu::noinline]] void sonda_let_deliver(std::uint32_t customer, std::uint64_t minutes) {
#ifdef DTRACE_PROBE2
  DTRACE_PROBE2(sonda, delivery, customer, minutes);
#endif
  use(customer, minutes);
}
}
