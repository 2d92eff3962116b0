// Inline functions of kernel headers, taken by name.

#include "base/files.h"
#include "base/locations.h"
#include "headers/macros.h"
#include "support/catch.h"

using namespace sonda;

TEST_CASE("a function is taken with all that it calls, before it") {
  const FunctionLibrary library(
      "/* text */\nstatic __always_inline int low(int x) { return x; }\n"
      "static int unused(void) { return 0; }\n"
      "static __always_inline int high(struct a *a) {\n  if (a) { return low(1); }\n  return 0;\n}\n");
  const auto names = library.closure({"high", "nothing"}, {});
  REQUIRE(names == std::vector<std::string_view>{"low", "high"});
  CHECK(library.definition("low") == "static __always_inline int low(int x) { return x; }");
  CHECK(library.definition("high").ends_with("return 0;\n}"));
  CHECK(library.closure({"high"}, {"low"}) == std::vector<std::string_view>{"high"});
  CHECK(library.closure({"high"}, {"high"}).empty());
}

TEST_CASE("text that ends in the middle of a function gives none") {
  for (const char* text : {"", "static", "static int f(", "static int f(void) {", "}", "static } {", "#static f() {}"})
    CHECK(FunctionLibrary(text).closure({"f"}, {}).empty());
}

TEST_CASE("the functions that come with Sonda can all be found") {
  const FunctionLibrary library(read_file(header_tree() / "include/sonda/functions.h", Stage::kernel));
  for (const char* name : {"div_u64", "IS_ERR", "strncmp", "sg_is_last", "tcp_sk", "ip_hdr", "skb_get_rx_queue",
                           "file_inode", "d_inode", "task_tgid_nr"})
    CHECK_FALSE(library.closure({name}, {}).empty());
}

TEST_CASE("a constant of any user-space kernel header is found, unless headers disagree on it") {
  const auto files = headers_that_define({"IFNAMSIZ", "NO_SUCH_CONSTANT_AT_ALL"});
  REQUIRE(files.size() == 1);
  CHECK(files.front() == "/usr/include/linux/if.h");
}
