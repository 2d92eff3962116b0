// Probe files and attach points of any content: an Error or a result, nothing else.
#include <cstddef>
#include <cstdint>
#include <string>

#include "sonda/error.h"
#include "sonda/probe_source.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  try {
    auto source = sonda::ProbeSource::from_text("fuzz.c", text);
    if (!source.parameters().empty()) source.set(source.parameters()[0].name, text.substr(0, text.find('\n')));
  } catch (const sonda::Error&) {
  }
  try {
    const auto point = sonda::parse_attach_point(text);
    if (sonda::parse_attach_point(to_string(point)) != point) __builtin_trap();
  } catch (const sonda::Error&) {
  }
  return 0;
}
