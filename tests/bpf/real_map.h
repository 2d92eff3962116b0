// Real maps for tests and benchmarks, made without a probe.
#pragma once

#include <bpf/bpf.h>

#include <cstring>
#include <span>
#include <stdexcept>
#include <vector>

#include "sonda/map.h"

namespace sonda::test {

/// A map of integers or, where no integer is that large, of opaque bytes.
inline Map make_map(bpf_map_type type, std::uint32_t key_size, std::uint32_t value_size, std::uint32_t max_entries,
                    std::uint32_t flags = 0) {
  LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = flags);
  UniqueFd fd(bpf_map_create(type, "sonda_test", key_size, value_size, max_entries, &options));
  if (!fd) throw std::runtime_error(std::string("bpf_map_create: ") + std::strerror(errno));
  MapSpec spec;
  spec.name = "sonda_test";
  spec.type = type;
  spec.key_size = key_size;
  spec.value_size = value_size;
  spec.max_entries = max_entries;
  spec.flags = flags;
  spec.key = plain_integer(key_size);
  spec.value = plain_integer(value_size);
  return {std::move(spec), std::move(fd)};
}

}  // namespace sonda::test
