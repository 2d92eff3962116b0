#include "runtime/losses/lossy_calls.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "read/map_types.h"

namespace sonda {
namespace {

using What = Loss::What;

// What the kernel's implementations return: kernel/bpf/{hashtab,arraymap,queue_stack_maps,ringbuf,stackmap}.c,
// kernel/trace/bpf_trace.c.
constexpr std::array update_causes{E2BIG, ENOMEM, EBUSY};
constexpr std::array update_no_loss{EEXIST, ENOENT};  // with BPF_NOEXIST, BPF_EXIST: what the program asked for
constexpr std::array push_causes{E2BIG};
constexpr std::array perf_causes{ENOSPC, ENOENT};
constexpr std::array ring_causes{EAGAIN};
constexpr std::array stack_causes{EEXIST, ENOMEM};
constexpr std::array stack_no_loss{EFAULT};  // a thread without such a stack, as kernel threads have no user's
constexpr std::array read_causes{EFAULT};
constexpr std::span<const int> no_errors;

// By number, since the headers of older distributions lack the later ones.
constexpr std::array helpers{
    LossyHelper{BPF_FUNC_map_update_elem, What::updates, 1, Failure::nonzero, update_causes, update_no_loss},
    LossyHelper{BPF_FUNC_map_push_elem, What::updates, 1, Failure::nonzero, push_causes, no_errors},
    LossyHelper{BPF_FUNC_perf_event_output, What::events, 2, Failure::nonzero, perf_causes, no_errors},
    LossyHelper{111, What::events, 2, Failure::nonzero, perf_causes, no_errors},  // skb_output
    LossyHelper{121, What::events, 2, Failure::nonzero, perf_causes, no_errors},  // xdp_output
    LossyHelper{130, What::events, 1, Failure::nonzero, ring_causes, no_errors},  // ringbuf_output
    LossyHelper{131, What::events, 1, Failure::null, no_errors, no_errors},       // ringbuf_reserve
    LossyHelper{198, What::events, 1, Failure::nonzero, no_errors, no_errors},    // ringbuf_reserve_dynptr
    LossyHelper{BPF_FUNC_get_stackid, What::stacks, 2, Failure::negative, stack_causes, stack_no_loss},
    LossyHelper{BPF_FUNC_probe_read, What::reads, 0, Failure::negative, read_causes, no_errors},
    LossyHelper{BPF_FUNC_probe_read_str, What::reads, 0, Failure::negative, read_causes, no_errors},
    LossyHelper{112, What::reads, 0, Failure::negative, read_causes, no_errors},  // probe_read_user
    LossyHelper{113, What::reads, 0, Failure::negative, read_causes, no_errors},  // probe_read_kernel
    LossyHelper{114, What::reads, 0, Failure::negative, read_causes, no_errors},  // probe_read_user_str
    LossyHelper{115, What::reads, 0, Failure::negative, read_causes, no_errors},  // probe_read_kernel_str
    LossyHelper{148, What::reads, 0, Failure::negative, read_causes, no_errors},  // copy_from_user
};

std::string entries(const MapSpec& map) {
  return fmt::format("{} {}", map.max_entries, map.max_entries == 1 ? "entry" : "entries");
}

std::string full(const MapSpec* map) {
  if (map == nullptr) return "the map was full";
  if (is_array(map->type)) return fmt::format("the index is beyond its end, of {}", entries(*map));
  return "full at " + entries(*map);
}

std::string full_ring(const MapSpec* map) {
  if (map == nullptr) return "the ring buffer was full";
  constexpr std::uint32_t kib = 1024;
  return fmt::format("the ring buffer was full ({} KiB)", map->max_entries / kib);
}

}  // namespace

const LossyHelper* lossy_helper(int number) {
  const auto* found = std::ranges::find(helpers, number, &LossyHelper::number);
  return found == helpers.end() ? nullptr : found;
}

std::string reason_of(const LossyHelper& helper, int error, const MapSpec* map) {
  switch (error) {
    case E2BIG:
      return full(map);
    case ENOMEM:
      return helper.what == What::stacks ? full(map) : "the kernel had no memory for it";
    case EBUSY:
      return "another update was under way on that CPU";
    case ENOSPC:
      return "the perf buffer was full";
    case ENOENT:
      return "that CPU has no buffer";
    case EAGAIN:
      return full_ring(map);
    case EEXIST:
      return "another stack had taken its place";
    case EFAULT:
      return "the memory could not be read";
    default:
      return helper.failure == Failure::null ? full_ring(map) : "the kernel refused it";
  }
}

}  // namespace sonda
