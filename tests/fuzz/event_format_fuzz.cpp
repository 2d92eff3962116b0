// Descriptions of tracepoints' records, whose names whoever makes an event of his own chooses.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "kernel/event_format.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto fields = sonda::parse_event_format(text);
  if (fields.size() > sonda::split_lines(text).size()) std::abort();
  for (const auto& field : fields) {
    if (!sonda::is_identifier(field.name) || field.name.starts_with("common_")) std::abort();
    if (field.type.empty() || field.type.size() + field.name.size() > field.declaration.size()) std::abort();
    if (text.find(field.declaration) == text.npos) std::abort();
  }
  return 0;
}
