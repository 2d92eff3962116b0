// Histograms against what BCC's own functions printed, kept under tests/data/histograms.
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/text.h"
#include "report/histogram.h"
#include "report/json_line.h"
#include "support/catch.h"
#include "support/paths.h"

using namespace sonda;
using namespace sonda::report;

namespace {

// A file of the data folder: "log2|linear whole|strip LABEL", then "SLOT:COUNT ...", then what BCC printed.
struct Recorded {
  Slots scale = Slots::log2l;
  bool strip = false;
  std::string label;
  std::vector<Bucket> buckets;
  std::string printed;
};

Recorded read_recorded(const std::filesystem::path& file) {
  const auto text = read_file(file, Stage::read);
  const auto first = text.find('\n'), second = text.find('\n', first + 1);
  REQUIRE(second != text.npos);
  const auto head = split(std::string_view(text).substr(0, first), ' ');
  Recorded recorded;
  recorded.scale = head.at(0) == "log2" ? Slots::log2l : Slots::values;
  recorded.strip = head.at(1) == "strip";
  recorded.label = text.substr(head.at(2).data() - text.data(), first - (head.at(2).data() - text.data()));
  for (const auto pair : split(trim(std::string_view(text).substr(first, second - first)), ' ')) {
    if (pair.empty()) continue;
    const auto parts = split(pair, ':');
    recorded.buckets.push_back({static_cast<std::int64_t>(*parse_u64(parts.at(0))), *parse_u64(parts.at(1))});
  }
  recorded.printed = text.substr(second + 1);
  return recorded;
}

}  // namespace

TEST_CASE("histograms are BCC's, byte for byte", "[histogram]") {
  int compared = 0;
  for (const auto& file : std::filesystem::directory_iterator(sonda::test::test_data("histograms"))) {
    INFO(file.path());
    const auto recorded = read_recorded(file.path());
    CHECK(histogram_text(recorded.scale, recorded.buckets, recorded.label, 80, recorded.strip) == recorded.printed);
    ++compared;
  }
  CHECK(compared == 17);
}

TEST_CASE("the order of buckets does not matter, and the same slot adds up", "[histogram]") {
  const std::vector<Bucket> sorted{{2, 5}, {5, 7}}, mixed{{5, 3}, {2, 5}, {5, 4}, {9, 0}};
  CHECK(histogram_text(Slots::log2l, sorted) == histogram_text(Slots::log2l, mixed));
}

TEST_CASE("a narrow width takes from the stars alone", "[histogram]") {
  const std::vector<Bucket> buckets{{1, 10}};
  CHECK(histogram_text(Slots::values, buckets, "n", 60).find("|" + std::string(20, '*') + "|") != std::string::npos);
  CHECK(histogram_text(Slots::values, buckets, "n", 0).find("|" + std::string(10, '*') + "|") != std::string::npos);
}

TEST_CASE("counts in slots that no value has are told, not dropped", "[histogram]") {
  const std::vector<Bucket> buckets{{0, 2}, {1, 4}, {65, 3}, {-1, 1}};
  const auto text = histogram_text(Slots::log2l, buckets);
  CHECK(split_lines(text).size() == 3);
  CHECK(text.ends_with("not shown: 6 in slots that stand for no value: -1, 0, 65\n"));
  const std::vector<Bucket> only_zero{{0, 2}};
  CHECK(histogram_text(Slots::log2l, only_zero).find("not shown: 2") != std::string::npos);
}

TEST_CASE("slots by bpf_log2() stand for other values than those by bpf_log2l()", "[histogram]") {
  // What the functions give for 0 and 1, 2 and 3, 4 to 7, and the largest number that they take.
  const std::vector<Bucket> log2{{0, 1}, {1, 2}, {2, 3}, {31, 4}}, log2l{{1, 1}, {2, 2}, {3, 3}, {32, 4}};
  CHECK(histogram_text(Slots::log2, log2) == histogram_text(Slots::log2l, log2l));
  const auto of_log2 = histogram_json(Slots::log2, log2);
  CHECK(of_log2 == histogram_json(Slots::log2l, log2l));
  CHECK(of_log2.at("buckets").at(1).dump() == R"({"low":2,"high":3,"count":2})");
  const std::vector<Bucket> beyond{{32, 1}};
  CHECK(histogram_json(Slots::log2, beyond).at("others").size() == 1);
}

TEST_CASE("far apart linear slots do not make a million rows", "[histogram]") {
  const std::vector<Bucket> buckets{{-3, 1}, {2, 4}, {1'000'000'000, 2}};
  const auto text = histogram_text(Slots::values, buckets);
  CHECK(split_lines(text).size() == 6);  // the heading, -3, 0, 1, 2, and the far one
  CHECK(text.find("1000000000") != std::string::npos);
}

TEST_CASE("a key's heading and a label are harmless to a terminal", "[histogram]") {
  CHECK(histogram_section("disk", "sda") == "\ndisk = sda\n");
  CHECK(histogram_section("comm", "a\x1b[2J\nb") == "\ncomm = a\\x1b[2J\\nb\n");
  const std::vector<Bucket> buckets{{1, 10}};
  CHECK(histogram_text(Slots::log2l, buckets, "a\x1b").find('\x1b') == std::string::npos);
}

TEST_CASE("a histogram in JSON has the buckets' ends", "[histogram]") {
  const std::vector<Bucket> buckets{{64, 1}, {1, 4}, {3, 2}, {0, 9}};
  CHECK(json_line(histogram_json(Slots::log2l, buckets, "usecs")) ==
        R"({"label":"usecs","scale":"log2","count":16,"buckets":[{"low":0,"high":1,"count":4},)"
        R"({"low":4,"high":7,"count":2},{"low":9223372036854775808,"high":null,"count":1}],)"
        R"("others":[{"slot":0,"count":9}]})"
        "\n");
  CHECK(histogram_json(Slots::values, {}, "\xff").dump() ==
        "{\"label\":\"\xef\xbf\xbd\",\"scale\":\"linear\",\"count\":0,\"buckets\":[]}");
}
