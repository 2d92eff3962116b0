// What the worker is asked, and what a worker that was taken over may answer: refused, or as it was written.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "compile/protocol.h"
#include "sonda/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  try {
    const auto again = sonda::serialize(sonda::parse_request(bytes));
    if (!std::equal(again.begin(), again.end(), bytes.begin(), bytes.end())) std::abort();
  } catch (const sonda::Error& error) {
    if (error.stage() != sonda::Stage::compile) std::abort();
  }
  try {
    sonda::validate(sonda::parse_answer(bytes).maps.empty() ? sonda::Schema() : sonda::parse_answer(bytes).maps[0].key);
  } catch (const sonda::Error& error) {
    if (error.what()[0] == '\0') std::abort();
  }
  return 0;
}
