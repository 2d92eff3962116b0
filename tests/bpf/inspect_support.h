// Programs that run as often as a test says, looked at from outside.
#pragma once

#include <bpf/bpf.h>

#include <algorithm>
#include <array>
#include <string>

#include "bpf/hand_made.h"
#include "inspect/machine.h"
#include "sonda/loaded_image.h"
#include "support/catch.h"

namespace sonda::test {

/// Runs a socket filter `times` times.
inline void run_program(int fd, int times) {
  std::array<char, 64> packet{};
  bpf_test_run_opts options{};
  options.sz = sizeof options;
  options.data_in = packet.data();
  options.data_size_in = packet.size();
  options.repeat = times;
  REQUIRE(::bpf_prog_test_run_opts(fd, &options) == 0);
}

inline std::uint32_t program_id(int fd) {
  bpf_prog_info info{};
  __u32 size = sizeof info;
  REQUIRE(::bpf_obj_get_info_by_fd(fd, &info, &size) == 0);
  return info.id;
}

inline std::uint32_t map_id(int fd) {
  bpf_map_info info{};
  __u32 size = sizeof info;
  REQUIRE(::bpf_obj_get_info_by_fd(fd, &info, &size) == 0);
  return info.id;
}

/// Sets an entry of a map from u32 to u64.
inline void set_entry(int map, std::uint32_t key, std::uint64_t value) {
  REQUIRE(::bpf_map_update_elem(map, &key, &value, BPF_ANY) == 0);
}

/// The object with this number, which must be there.
template <class List>
const auto& with_id(const List& list, std::uint32_t id) {
  const auto found = std::ranges::find_if(list, [&](const auto& each) { return each.facts.id == id; });
  REQUIRE(found != list.end());
  return *found;
}

}  // namespace sonda::test
