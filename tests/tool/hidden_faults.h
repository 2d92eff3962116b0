// What pagefaultcount tells as a difference is what the kernel hid from it, and nothing else.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "support/catch.h"
#include "support/hidden_faults.h"

namespace sonda::test {

/// Nothing may be hidden if process 1 is in a row.
inline void check_differences(const HiddenFaults& faults, const std::vector<nlohmann::json>& objects,
                              const nlohmann::json& total) {
  const bool seen = std::ranges::any_of(
      objects, [](const auto& row) { return row.value("type", "") == "row" && row.value("tgid", 0) == 1; });
  const auto hidden = seen ? HiddenFaults::Faults{} : faults.so_far();
  CAPTURE(total.dump(), hidden.min, hidden.maj);
  CHECK(total.at("difference_min_flt").get<std::int64_t>() >= 0);
  CHECK(total.at("difference_maj_flt").get<std::int64_t>() >= 0);
  CHECK(total.at("difference_min_flt").get<std::int64_t>() <= hidden.min);
  CHECK(total.at("difference_maj_flt").get<std::int64_t>() <= hidden.maj);
}

}  // namespace sonda::test
