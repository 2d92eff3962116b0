#include "attach/here/points_here.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "attach/here/kernel_points.h"
#include "attach/here/machine_points.h"
#include "attach/here/user_points.h"
#include "sonda/error.h"
#include "source/attach_notation.h"

namespace sonda {
namespace {

constexpr auto searched_kinds =
    std::to_array<std::string_view>({"kprobe", "fentry", "fmod_ret", "lsm", "iter", "tracepoint", "rawtracepoint",
                                     "btftracepoint", "software", "hardware"});

bool is_of_the_machine(std::string_view kind) {
  constexpr std::string_view all[] = {"software", "hardware", "xdp", "tc", "socket", "cgroup"};
  return std::ranges::find(all, kind) != std::end(all);
}

[[noreturn]] void refuse_endless(const PointKind& kind) {
  throw Error(Stage::usage, std::string(kind.name), "there is no list of these: any number or address is one",
              fmt::format("written {}, e.g. {}", kind.form, kind.example));
}

}  // namespace

std::span<const std::string_view> kinds_of_kernel() { return searched_kinds; }
bool is_of_a_binary(std::string_view kind) { return kind == "uprobe" || kind == "uretprobe" || kind == "usdt"; }
bool is_endless(std::string_view kind) { return kind == "profile" || kind == "interval" || kind == "watchpoint"; }

PointsHere::PointsHere() : kernel_(std::make_unique<KernelPoints>()) {}
PointsHere::~PointsHere() = default;

std::vector<PointHere> PointsHere::find(std::string_view kind, const std::string& pattern, bool with_prototypes,
                                        pid_t pid) {
  if (is_endless(kind)) refuse_endless(*find_point_kind(kind));
  if (is_of_a_binary(kind)) return points_of_binary(kind, pattern, pid);
  if (is_of_the_machine(kind)) return points_of_machine(kind, pattern);
  return kernel_->find(kind, pattern, with_prototypes);
}

}  // namespace sonda
