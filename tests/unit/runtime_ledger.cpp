// What was lost, in one line.

#include "sonda/ledger.h"
#include "support/catch.h"

using sonda::Ledger;

TEST_CASE("a run that lost nothing has nothing to say") {
  Ledger ledger;
  ledger.events_seen = 100;
  ledger.rows_printed = 99;
  CHECK(ledger.lossless());
  CHECK(sonda::summary(ledger).empty());
}

TEST_CASE("each kind of loss is named with its count") {
  CHECK(sonda::summary({.events_lost = 12}) == "lost: 12 events in a buffer");
  CHECK(sonda::summary({.events_lost = 1}) == "lost: 1 event in a buffer");
  CHECK(sonda::summary({.updates_refused = 3}) == "lost: 3 map updates refused");
  CHECK(sonda::summary({.probes_missed = 1}) == "lost: 1 run of a program skipped by the kernel");
  const Ledger all{.events_lost = 12, .updates_refused = 1, .probes_missed = 2};
  CHECK_FALSE(all.lossless());
  CHECK(sonda::summary(all) ==
        "lost: 12 events in a buffer, 1 map update refused, 2 runs of programs skipped by the kernel");
}

TEST_CASE("a loss says what, of which map, where and why") {
  using sonda::Loss;
  CHECK(to_string(Loss{.what = Loss::What::events,
                       .map = "rows",
                       .at = {"probe.c", 9, 0},
                       .reason = "the ring buffer was full (4 KiB)",
                       .count = 198227}) ==
        "lost: 198227 events of rows at probe.c:9: the ring buffer was full (4 KiB)");
  CHECK(to_string(Loss{.what = Loss::What::updates,
                       .map = "counts",
                       .at = {"probe.c", 5, 0},
                       .reason = "full at 8 entries",
                       .count = 1}) == "refused: 1 update of counts at probe.c:5: full at 8 entries");
  CHECK(to_string(Loss{.what = Loss::What::reads, .reason = "the memory could not be read", .count = 2}) ==
        "failed: 2 reads: the memory could not be read");
  CHECK(to_string(Loss{.what = Loss::What::stacks, .at = {"p.c", 1, 0}, .reason = "full", .count = 3}) ==
        "lost: 3 stacks at p.c:1: full");
}

TEST_CASE("ledgers of several probes are one") {
  using sonda::Loss;
  Ledger sum{.events_seen = 1, .events_lost = 2};
  add(sum, {.events_seen = 10,
            .events_lost = 20,
            .updates_refused = 3,
            .probes_missed = 4,
            .losses = {{.what = Loss::What::stacks, .count = 5}, {.what = Loss::What::reads, .count = 1}}});
  CHECK(sum.events_seen == 11);
  CHECK(summary(sum) ==
        "lost: 22 events in a buffer, 3 map updates refused, 4 runs of programs skipped by the kernel, 5 stacks, "
        "1 read of memory");
}
