// What the functions of a probe submit to its buffers, as far as the text tells.
#pragma once

#include <string_view>
#include <vector>

#include "sonda/probe_source.h"

namespace sonda {

/// The types of what `MAP.perf_submit(ctx, &x, ...)`, `MAP.ringbuf_output(&x, ...)` and `MAP.ringbuf_submit(x, ...)`
/// send, where x is a variable or parameter that the same function declares, and of
/// `MAP.ringbuf_reserve(sizeof(TYPE))`. A map that gets events of different types is left out: nothing says which of
/// them an event is.
std::vector<EventType> find_event_types(std::string_view text);

/// The same for the buffers of which the file itself does not say what they carry.
std::vector<EventType> find_unsaid_event_types(const ProbeSource& source);

}  // namespace sonda
