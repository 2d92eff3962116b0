// Histograms as BCC prints them: by powers of two and linear, plain or one for each key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

#include "sonda/image.h"

namespace sonda::report {

/// How often values fell into slot `index`; Slots says which those are. The same slot may come several times.
struct Bucket {
  std::int64_t index = 0;
  std::uint64_t count = 0;
};

/// The largest slot of a linear histogram that BCC knows; beyond it, only slots that are not empty get a row.
inline constexpr std::int64_t last_linear_slot = 1024;

/// The rows below their heading, byte for byte what BCC's print_log2_hist and print_linear_hist print; nothing without
/// counts. `label` names the values ("usecs"). The stars get what `width` leaves. Counts in slots that no value has
/// (BCC drops them or fails) are told on a last line. Leading empty rows are left out if `strip_leading_zero`.
std::string histogram_text(Slots scale, std::span<const Bucket> buckets, std::string_view label = "value",
                           std::size_t width = 80, bool strip_leading_zero = false);

/// The line above one of several histograms: an empty line, then "HEADER = KEY". Escaped.
std::string histogram_section(std::string_view header, std::string_view key);

/// {"label": ..., "scale": "log2", "count": N, "buckets": [{"low": 4, "high": 7, "count": 12}, ...]}: buckets that are
/// not empty, ascending. The largest numbers have no end: `high` is null there. `scale` is "log2" or "linear".
nlohmann::ordered_json histogram_json(Slots scale, std::span<const Bucket> buckets, std::string_view label = "value");

}  // namespace sonda::report
