#include "runtime/live.h"

#include <algorithm>

#include "sonda/error.h"

namespace sonda {

Way make_way(const Image& image, const Program& program) {
  Way way{.function = program.name(), .kind = program.kind(), .dispatcher = {}, .obstacle = {}};
  try {
    way.dispatcher = std::make_unique<Dispatcher>(image, way.function, way.kind);
    if (way.dispatcher->takes(program)) return way;
    way.obstacle = "the kernel does not let programs jump to this one";
  } catch (const Error&) {
    way.obstacle = "the kernel has no jumps between programs of this kind";
  }
  way.dispatcher.reset();
  return way;
}

Way& Live::way(const Image& image, const Program& program) {
  const auto known = std::ranges::find_if(
      ways, [&](const Way& each) { return each.function == program.name() && each.kind == program.kind(); });
  if (known != ways.end()) return *known;
  auto made = make_way(image, program);
  if (made.dispatcher) made.dispatcher->jump_to(program);
  return ways.emplace_back(std::move(made));
}

void Live::drop_unused() {
  std::erase_if(ways, [this](const Way& way) {
    const bool used =
        way.given_out || std::ranges::any_of(origins, [&](const auto& origin) { return origin.second.way == &way; });
    if (!used && way.dispatcher) missed_before += way.dispatcher->missed();
    return !used;
  });
}

void Live::remember_slot(const TailCall& call) {
  std::erase_if(slots, [&](const TailCall& each) { return each.map == call.map && each.index == call.index; });
  slots.push_back(call);
}

}  // namespace sonda
