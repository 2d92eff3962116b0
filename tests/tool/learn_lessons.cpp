// The course as it comes: every lesson's start fails its check for the reason that the lesson is about, every solution
// passes it.
#include <algorithm>
#include <map>

#include "support/catch.h"
#include "support/skip.h"
#include "tool/learn_support.h"

namespace sonda::test {
namespace {

/// Parts of what the check may say, one of which it must; kernels differ.
using Reasons = std::vector<std::string>;

const std::map<std::string, Reasons>& lessons() {
  static const std::map<std::string, Reasons> all{
      {"01-first-uprobe", {"does not say where to attach"}},
      {"02-arguments", {"the number of orders, not what they cost"}},
      {"03-maps", {"'money' is an array"}},
      {"04-trace-printk", {"still calls bpf_trace_printk()"}},
      {"05-per-cpu", {"read the same old value", "nothing was lost this time"}},
      {"06-unchecked-pointer", {"map_value_or_null"}},
      {"07-bounds", {"unbounded"}},
      {"08-loops", {"invalid read from stack", "infinite loop", "too large", "back-edge"}},
      {"09-stack", {"larger than the 512 bytes"}},
      {"10-padding", {"bytes between their fields", "invalid indirect read from stack", "invalid read from stack"}},
      {"11-ring-buffer", {"Unreleased reference"}},
      {"12-lost-events", {"nothing says so"}},
      {"13-sampling", {"an estimate"}},
      {"14-histograms", {"beyond the histogram's 64 slots"}},
      {"15-tail-calls", {"slots that are empty"}},
      {"16-shared-maps", {"two maps that only have the same name"}},
      {"17-usdt", {"there is no function 'delivery'"}},
      {"18-xdp", {"still arrive"}},
      {"19-verifier", {"min value is negative", "unbounded memory access"}},
      {"20-cost", {"the key is long"}},
  };
  return all;
}

std::vector<std::string> shipped() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(in_source("lessons")))
    names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

std::string all_that_it_says(const nlohmann::json& answer) {
  std::string text;
  for (const auto& finding : answer.value("findings", nlohmann::json::array()))
    text += finding.at("what").dump() + "\n";
  return text;
}

}  // namespace

TEST_CASE("every lesson that is shipped is known to these tests") {
  std::vector<std::string> known;
  for (const auto& [name, reasons] : lessons()) known.push_back(name);
  CHECK(shipped() == known);
}

TEST_CASE("every start fails its check, for the lesson's own reason") {
  SONDA_NEED_BPF();
  const Student student;
  for (const auto& [name, reasons] : lessons()) {
    const auto answer = student.check(name, of_lesson(name, "start.c"));
    CAPTURE(name, answer.dump());
    CHECK(answer.at("passed") == false);
    CHECK(answer.at("status") == 1);
    const auto said = all_that_it_says(answer);
    CHECK(std::ranges::any_of(reasons, [&](const auto& reason) { return contains(said, reason); }));
  }
}

TEST_CASE("every solution passes its check") {
  SONDA_NEED_BPF();
  const Student student;
  for (const auto& [name, reasons] : lessons()) {
    const auto answer = student.check(name, of_lesson(name, "solution.c"));
    CAPTURE(name, answer.dump());
    CHECK(answer.at("passed") == true);
    CHECK(answer.at("status") == 0);
    CHECK(answer.at("findings").empty());
  }
}

}  // namespace sonda::test
