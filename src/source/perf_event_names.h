// What perf's tools call the events that every kernel knows.
#pragma once

#include <span>
#include <string_view>

#include "sonda/attach_point.h"

namespace sonda {

struct NamedEvent {
  std::string_view name;
  PerfEventId id;
};

/// Where one event has several names, the first is the one that is written.
std::span<const NamedEvent> software_events();
std::span<const NamedEvent> hardware_events();

}  // namespace sonda
