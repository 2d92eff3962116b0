// Faults that the kernel counts and runs no program for. Kernels of some sandboxes hide the sandbox's own process 1
// (and what it forks, until that runs another program) from BPF: its faults are the difference that pagefaultcount
// tells then.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "support/file_text.h"

namespace sonda::test {

/// Faults of process 1 and of those that it waited for, since this was made.
class HiddenFaults {
 public:
  /// Whether a total's differences are what process 1 made while it was in no row, and nothing else.
  void check(const std::vector<nlohmann::json>& objects, const nlohmann::json& total) const {
    const auto hidden = since(objects);
    CAPTURE(total.dump(), hidden.min, hidden.maj);
    CHECK(total.at("difference_min_flt").get<std::int64_t>() >= 0);
    CHECK(total.at("difference_maj_flt").get<std::int64_t>() >= 0);
    CHECK(total.at("difference_min_flt").get<std::int64_t>() <= hidden.min);
    CHECK(total.at("difference_maj_flt").get<std::int64_t>() <= hidden.maj);
  }

 private:
  struct Counts {
    std::int64_t own_min, children_min, own_maj, children_maj;
  };
  struct Faults {
    std::int64_t min = 0, maj = 0;
  };

  /// None if process 1 is seen, or was idle: nothing may be missing then.
  Faults since(const std::vector<nlohmann::json>& objects) const {
    const bool seen = std::ranges::any_of(
        objects, [](const auto& row) { return row.value("type", "") == "row" && row.value("tgid", 0) == 1; });
    const auto now = counts();
    if (seen || now.own_min == before_.own_min) return {};
    return {now.own_min - before_.own_min + now.children_min - before_.children_min,
            now.own_maj - before_.own_maj + now.children_maj - before_.children_maj};
  }

  static Counts counts() {
    const auto fields = process_stat(1);
    const auto number = [&](std::size_t field) { return std::stoll(fields.at(field - 3)); };
    return {number(10), number(11), number(12), number(13)};
  }

  Counts before_ = counts();
};

}  // namespace sonda::test
