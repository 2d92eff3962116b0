// What is found in a probe's C: histograms.
#include <string>

#include "sonda/probe_source.h"
#include "source/histograms.h"
#include "support/catch.h"

using namespace sonda;

namespace {

/// "map:type ..." in the order of the maps' names.
}  // namespace

TEST_CASE("any text can be looked through") {
  for (const std::string text :
       {"", "(", "x.perf_submit(", "x.perf_submit(,", "ringbuf_reserve(sizeof(", "struct", "}}}}",
        "ev.ringbuf_reserve(sizeof(struct", "a.perf_submit((((", "BPF_TABLE(\"histogram\""})
    CHECK_NOTHROW(find_histograms(text));
}

TEST_CASE("histograms are found by their declaration") {
  CHECK(find_histograms("BPF_HISTOGRAM(dist);\nBPF_HISTOGRAM(keyed, struct k, 10);") ==
        std::vector<std::string>{"dist", "keyed"});
  CHECK(find_histograms("BPF_TABLE(\"histogram\", int, u64, h, 64);") == std::vector<std::string>{"h"});
  CHECK(find_histograms("// BPF_HISTOGRAM(no);\nBPF_HASH(dist); BPF_TABLE(\"hash\", int, u64, h, 64);").empty());
}
