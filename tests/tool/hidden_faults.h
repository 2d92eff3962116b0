// Faults that the kernel counts and runs no program for. Kernels of some sandboxes hide the sandbox's own process 1
// (and what it forks, until that runs another program) from BPF: its faults are the difference that pagefaultcount
// tells then.
#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace sonda::test {

/// Faults of process 1 and of those that it waited for, since this was made.
class HiddenFaults {
 public:
  struct Counts {
    std::uint64_t min = 0, maj = 0;
  };

  HiddenFaults() : before_(now()) {}

  Counts since() const {
    const auto after = now();
    return {after.min - before_.min, after.maj - before_.maj};
  }

  /// Whether a total's differences are what process 1 made while it was in no row, and nothing else.
  void check(const std::vector<nlohmann::json>& objects, const nlohmann::json& total) const {
    auto hidden = since();
    for (const auto& row : objects)
      if (row.value("type", "") == "row" && row.value("tgid", 0) == 1)
        hidden = {};  // it is seen: nothing may be missing
    CAPTURE(total.dump(), hidden.min, hidden.maj);
    CHECK(total.at("difference_min_flt").get<std::int64_t>() >= 0);
    CHECK(total.at("difference_maj_flt").get<std::int64_t>() >= 0);
    CHECK(total.at("difference_min_flt").get<std::int64_t>() <= static_cast<std::int64_t>(hidden.min));
    CHECK(total.at("difference_maj_flt").get<std::int64_t>() <= static_cast<std::int64_t>(hidden.maj));
  }

 private:
  // Fields 10 to 13 of proc_pid_stat(5), the name in parentheses before them.
  static Counts now() {
    std::ifstream file("/proc/1/stat");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    std::istringstream fields(text.substr(text.rfind(')') + 1));
    std::string skipped;
    for (int i = 3; i < 10; ++i) fields >> skipped;
    std::uint64_t min = 0, of_children_min = 0, maj = 0, of_children_maj = 0;
    fields >> min >> of_children_min >> maj >> of_children_maj;
    return {min + of_children_min, maj + of_children_maj};
  }

  Counts before_;
};

}  // namespace sonda::test
