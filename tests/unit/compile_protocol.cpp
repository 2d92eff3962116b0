
#include "compile/protocol.h"
#include "support/catch.h"

using namespace sonda;

namespace {
CompileRequest sample() {
  CompileRequest request;
  request.key.probe = "x.c";
  request.key.source = "int f(void *ctx) { return 0; }\n";
  request.key.flags = {"-DA=1", "-DB=\"text\""};
  request.headers = Headers::btf;
  request.events = {{"events", "struct data_t", {"x.c", 3, 4}}};
  request.parameters = {{"LIMIT", "5", "how many", {"x.c", 1, 2}}};
  request.flags = {"-DX=1"};
  request.exported = {{.name = "seen", .type = 1, .key_size = 4, .value_size = 8, .max_entries = 64, .flags = 1}};
  request.folder = "/run/somewhere";
  request.cache = "/home/me/.cache/sonda";
  return request;
}
}  // namespace

TEST_CASE("a request arrives as it was sent") {
  const auto sent = sample();
  const auto got = parse_request(serialize(sent));
  CHECK(got.key == sent.key);
  CHECK(got.headers == sent.headers);
  REQUIRE(got.events.size() == 1);
  CHECK(got.events[0].map == "events");
  CHECK(got.events[0].at.line == 3);
  CHECK(got.parameters.at(0).value == "5");
  CHECK(got.flags == sent.flags);
  REQUIRE(got.exported.size() == 1);
  CHECK(got.exported[0].name == "seen");
  CHECK(got.exported[0].max_entries == 64);
  CHECK(got.exported[0].flags == 1);
  CHECK(got.folder == sent.folder);
  CHECK(got.cache == sent.cache);
}

TEST_CASE("a request that is cut anywhere is refused") {
  const auto whole = serialize(sample());
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK_THROWS_AS(parse_request(std::span(whole).first(size)), Error);
}

TEST_CASE("an error arrives as it was thrown") {
  const auto sent = Error(Stage::compile, "x.c:1:2", "cause", "hint")
                        .with_excerpt("line\n")
                        .with_details("all")
                        .with_exit(Exit::cannot_run);
  try {
    parse_answer(serialize_answer(sent));
    FAIL("nothing was thrown");
  } catch (const Error& got) {
    CHECK(std::string(got.what()) == sent.what());
    CHECK(got.details() == "all");
    CHECK(got.exit() == Exit::cannot_run);
  }
}

TEST_CASE("an answer that makes no sense is an error of the compile stage") {
  const std::byte nonsense[] = {std::byte{7}, std::byte{1}};
  for (const auto bytes : {std::span<const std::byte>(), std::span<const std::byte>(nonsense)}) {
    try {
      parse_answer(bytes);
      FAIL("nothing was thrown");
    } catch (const Error& error) {
      CHECK(error.subject() == "the worker");
    }
  }
}
