#include "source/perf_event_names.h"

#include <array>

namespace sonda {
namespace {

constexpr auto software_names = std::to_array<NamedEvent>({
    {"page-faults", software::page_faults},
    {"faults", software::page_faults},
    {"page-faults-min", software::page_faults_min},
    {"minor-faults", software::page_faults_min},
    {"page-faults-maj", software::page_faults_maj},
    {"major-faults", software::page_faults_maj},
    {"cpu-clock", software::cpu_clock},
    {"task-clock", software::task_clock},
    {"context-switches", software::context_switches},
    {"cs", software::context_switches},
    {"cpu-migrations", software::cpu_migrations},
    {"alignment-faults", software::alignment_faults},
    {"emulation-faults", software::emulation_faults},
});

// PERF_COUNT_HW_* of linux/perf_event.h.
constexpr auto hardware_names = std::to_array<NamedEvent>({
    {"cycles", {0, 0}},
    {"instructions", {0, 1}},
    {"cache-references", {0, 2}},
    {"cache-misses", {0, 3}},
    {"branches", {0, 4}},
    {"branch-misses", {0, 5}},
    {"bus-cycles", {0, 6}},
    {"ref-cycles", {0, 9}},
});

}  // namespace

std::span<const NamedEvent> software_events() { return software_names; }
std::span<const NamedEvent> hardware_events() { return hardware_names; }

}  // namespace sonda
