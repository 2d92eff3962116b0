// What tracefs says of a tracepoint's record: the text of events/CATEGORY/NAME/format.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sonda {

/// A field of a tracepoint's record.
struct EventField {
  std::string name;
  std::string type;                    ///< "char[16]", "struct file *", "__data_loc char[]"
  std::string declaration;             ///< as the kernel writes it: "char prev_comm[16]"
  std::uint32_t offset = 0, size = 0;  ///< bytes
  bool is_signed = false;
  bool operator==(const EventField&) const = default;
};

/// The fields, in the text's order, but for those that every tracepoint has (common_type, common_flags, ...). A line
/// that describes no field is passed over.
std::vector<EventField> parse_event_format(std::string_view text);

}  // namespace sonda
