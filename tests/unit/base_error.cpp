
#include <cerrno>
#include <string>

#include "sonda/error.h"
#include "support/catch.h"

using namespace sonda;

TEST_CASE("an error names stage, subject, cause and hint") {
  const Error error(Stage::attach, "readline", "no such symbol", "did you mean 'readlink'?");
  CHECK(std::string(error.what()) == "attach: readline: no such symbol\nhint: did you mean 'readlink'?");
  CHECK(error.exit() == Exit::failure);
}

TEST_CASE("a change that was tried stands in place of the hint, and says so") {
  Error error(Stage::verify, "a.c:7", "unbounded memory access", "bound it");
  CHECK_FALSE(error.hint_tried());
  error.with_tried_hint("make line 5: u64 i = 0;");
  CHECK(error.hint_tried());
  CHECK(error.hint() == "make line 5: u64 i = 0;");
  CHECK(std::string(error.what()) ==
        "verify: a.c:7: unbounded memory access\nhint (tried: it loads): make line 5: u64 i = 0;");
}

TEST_CASE("an error without subject or hint leaves them out") {
  CHECK(std::string(Error(Stage::kernel, "", "no BTF").what()) == "kernel: no BTF");
}

TEST_CASE("an excerpt stands between message and hint, details do not show") {
  Error error(Stage::compile, "a.c:1:2", "expected ';'", "add it");
  error.with_excerpt("x\n ^\n").with_details("everything").with_exit(Exit::cannot_run);
  CHECK(std::string(error.what()) == "compile: a.c:1:2: expected ';'\nx\n ^\nhint: add it");
  CHECK(error.details() == "everything");
  CHECK(error.exit() == Exit::cannot_run);
}

TEST_CASE("names in an error cannot harm a terminal or fake a line") {
  const Error error(Stage::source, "a\x1b[2J\nhint: run rm", "it is '\xff'\n", "no\rhint");
  CHECK(std::string(error.what()) == "source: a\\x1b[2J\\nhint: run rm: it is '\\xff'\\n\nhint: no\\x0dhint");
}

TEST_CASE("a mistake in the command line has its own exit status") {
  CHECK(Error(Stage::usage, "-z", "no such option").exit() == Exit::usage);
}

TEST_CASE("the kernel's reasons are put into words") {
  CHECK(std::string(system_error(Stage::read, "/x", "cannot open", ENOENT, "look").what()) ==
        "read: /x: cannot open: No such file or directory\nhint: look");
  CHECK(system_error(Stage::read, "/x", "", EACCES).cause() == "Permission denied");
}
