// Programs on samples of perf events.
#include "attach/perf_scope.h"

namespace sonda {

Attached attach_perf_event(const Program& program, const PerfEvent& point) {
  auto samplers = open_samplers(program, point);
  for (const auto& sampler : samplers) enable_event(sampler.event.get(), point);
  Attached attached;
  attached.places = samplers.size();
  for (auto& sampler : samplers) {
    if (sampler.link) attached.links.push_back(std::move(sampler.link));
    attached.events.push_back(std::move(sampler.event));
  }
  return attached;
}

}  // namespace sonda
