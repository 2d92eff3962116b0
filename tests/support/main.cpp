// Exit statuses: 0 all passed, 1 something failed, 77 nothing failed and something was skipped. Catch2's own status is
// the number of failures, which a skip status would collide with.
#define CATCH_CONFIG_RUNNER

#include "support/catch.h"
#include "support/skip.h"

int main(int argc, char** argv) {
  Catch::Session session;
  if (session.applyCommandLine(argc, argv) != 0) return 1;
#if CATCH_VERSION_MAJOR < 3  // 3 does it by itself
  // A name that no case has must not pass: CMake cuts names at a semicolon, and each half would.
  auto& warnings = session.configData().warnings;
  warnings = static_cast<Catch::WarnAbout::What>(warnings | Catch::WarnAbout::NoTests);
#endif
  if (session.run() != 0) return 1;
  return sonda::test::any_skipped() ? 77 : 0;
}
