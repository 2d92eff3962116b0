// What the verifier knew of a register or stack slot, in plain words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sonda {

/// A number, as far as the verifier has narrowed it down.
struct KnownRange {
  std::optional<std::int64_t> smin, smax;
  std::optional<std::uint64_t> umin, umax;
};

/// The state of a register, taken apart: "map_value_or_null(id=1,map=counts,ks=4,vs=72)".
struct RegisterState {
  std::string_view kind;                      ///< "map_value", without "_or_null"; "scalar" for numbers of any spelling
  bool may_be_null = false;                   ///< "_or_null"
  std::string_view map;                       ///< the map's name, from Linux 6.9 on
  std::optional<std::uint32_t> id;            ///< the same in all places that hold the same pointer or number
  std::optional<std::uint32_t> reference;     ///< ref_obj_id: what has to be given back
  std::optional<std::uint32_t> key_size;      ///< of a map's key
  std::optional<std::uint32_t> value_size;    ///< of a map's value, or of the memory
  std::optional<std::int64_t> offset;         ///< from the beginning of what it points to
  std::optional<std::uint32_t> packet_bytes;  ///< of a packet: how many are known to be there
  std::optional<std::int64_t> constant;       ///< of a number that is known
  KnownRange range;
};

/// Reads the state of a register as Linux 5.10 to 6.18 spell it. Any bytes are safe to give.
RegisterState read_register_state(std::string_view state);

/// In plain words, a clause without a capital: "a value of map counts, or NULL", "a number from 0 to 255", "the
/// context", "8 bytes, 4 of them never written". A kind that is not known comes back as it is.
std::string describe_state(std::string_view state);

}  // namespace sonda
