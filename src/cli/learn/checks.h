// The lessons' checks: what each does to find out whether the student's probe is right.
#pragma once

#include <string_view>

#include "cli/learn/trial.h"

namespace sonda::learn {

/// A check lets a workload of random size meet the student's probe, and compares.
using Check = void (*)(Trial&);
/// The same workload without a check, in this process, for a student who looks on by hand; says what it did.
using Work = std::string (*)(Random&);

struct LessonParts {
  std::string_view name;
  Check check;
  Work work;
};

/// Of the lesson of that name; null if it has none.
const LessonParts* parts_of(std::string_view lesson);

// Each in the file of its subject.
void check_first_uprobe(Trial& trial);
void check_arguments(Trial& trial);
void check_maps(Trial& trial);
void check_trace_printk(Trial& trial);
void check_per_cpu(Trial& trial);
void check_unchecked_pointer(Trial& trial);
void check_bounds(Trial& trial);
void check_loops(Trial& trial);
void check_stack(Trial& trial);
void check_padding(Trial& trial);
void check_ring_buffer(Trial& trial);
void check_lost_events(Trial& trial);
void check_sampling(Trial& trial);
void check_histograms(Trial& trial);
void check_tail_calls(Trial& trial);
void check_shared_maps(Trial& trial);
void check_usdt(Trial& trial);
void check_xdp(Trial& trial);
void check_verifier(Trial& trial);
void check_cost(Trial& trial);

}  // namespace sonda::learn
