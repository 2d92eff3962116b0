// Images from anywhere: refused with an Error, or consistent and the same when written again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "image/bytes.h"
#include "image/content.h"
#include "sonda/error.h"

namespace {

// What was accepted must hold what parse_image promises.
void try_file(std::span<const std::byte> bytes) {
  try {
    const auto image = sonda::parse_image(bytes);
    const auto again = sonda::serialize(image);
    if (!std::equal(again.begin(), again.end(), bytes.begin(), bytes.end())) std::abort();
    for (const auto& map : image.maps)
      for (const auto* schema : {&map.key, &map.value, &map.event}) {
        sonda::validate(*schema);
        if (sonda::describe(*schema).empty()) std::abort();
      }
  } catch (const sonda::Error& error) {
    if (error.stage() != sonda::Stage::cache) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  try_file(bytes);
  // A fuzzer does not find checksums: take the input for a content as well, and for the content of a whole file.
  try_file(sonda::seal(bytes));
  constexpr std::size_t head = 20, checksum = 8;
  if (size > head + checksum) try_file(sonda::seal(bytes.subspan(head, size - head - checksum)));
  return 0;
}
