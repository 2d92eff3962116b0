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
