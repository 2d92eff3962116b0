// A test that cannot run here says which capability it lacks. Nothing else is a reason to skip.
#pragma once

#include <string>

namespace sonda::test {

/// Notes that the running test was skipped for lack of `capability`. With SONDA_NO_SKIP set the test fails instead.
void skip(const std::string& capability);

/// Whether any test of this run was skipped.
bool any_skipped();

/// Capabilities that tests ask for. Each is found out by trying, once.
bool can_load_bpf();   ///< a map can be created and a trivial program loaded
bool can_kprobe();     ///< perf_event_open takes the kprobe PMU
bool can_open_perf();  ///< a software event on all processes can be opened
bool can_watch();      ///< the processor's debug registers notice a write; in some virtual machines they never do

}  // namespace sonda::test

/// Leaves the test with a named reason unless `condition` holds.
#define SONDA_NEED(condition, capability) \
  do {                                    \
    if (!(condition)) {                   \
      ::sonda::test::skip(capability);    \
      return;                             \
    }                                     \
  } while (false)

/// Leaves the test unless watchpoints are noticed here.
#define SONDA_NEED_WATCHPOINTS() SONDA_NEED(::sonda::test::can_watch(), "debug registers that notice a write")

/// Leaves the test unless BPF programs can be loaded here.
#define SONDA_NEED_BPF() SONDA_NEED(::sonda::test::can_load_bpf(), "CAP_BPF and CAP_PERFMON (run as root)")

/// Leaves the test unless there are BPF and the kernel's BTF; for who includes kernel/kernel.h.
#define SONDA_NEED_BTF() \
  SONDA_NEED_BPF();      \
  SONDA_NEED(::sonda::has_btf(), "a kernel with BTF")
