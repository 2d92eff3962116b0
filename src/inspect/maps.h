// Every BPF map on the machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace sonda {

/// What does not change while a map is there. The name is raw bytes from whoever made it: escape before printing.
struct MapFacts {
  std::uint32_t id = 0;
  std::uint32_t type = 0;  ///< enum bpf_map_type
  std::string name;
  std::uint32_t key_size = 0, value_size = 0;  ///< bytes
  std::uint32_t max_entries = 0, flags = 0;
  std::uint32_t btf = 0, key_type = 0, value_type = 0;  ///< its type information; 0 if it has none
};

struct ListedMap {
  const MapFacts* facts = nullptr;      ///< borrowed from the list
  std::optional<std::uint64_t> memory;  ///< bytes of kernel memory, as told within the last seconds
};

class MapList {
 public:
  /// All maps now, by number, as ProgramList::read() does. The memory of each is asked for again if `refresh_memory`.
  std::vector<ListedMap> read(bool refresh_memory);

 private:
  struct Known {
    MapFacts facts;
    std::optional<std::uint64_t> memory;
  };
  std::unordered_map<std::uint32_t, Known> known_;
};

}  // namespace sonda
