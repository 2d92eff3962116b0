// Values on the command line.

#include "front/options.h"
#include "sonda/error.h"
#include "support/catch.h"

using namespace sonda::front;
using namespace std::chrono_literals;

namespace {

template <class Function>
std::string complaint(Function function) {
  try {
    function();
  } catch (const sonda::Error& error) {
    CHECK(error.stage() == sonda::Stage::usage);
    CHECK(error.exit() == sonda::Exit::usage);
    return error.subject();
  }
  return "no complaint";
}

}  // namespace

TEST_CASE("seconds: whole, fractions, none") {
  CHECK(parse_seconds("-d", "10") == 10s);
  CHECK(parse_seconds("-d", "0.25") == 250ms);
  CHECK(parse_seconds("-d", ".5") == 500ms);
  CHECK(parse_seconds("-d", "0") == 0s);
  CHECK(parse_seconds("-d", "1e3") == 1000s);
}

TEST_CASE("what is no number of seconds is refused, with the option and the word") {
  for (const std::string text : {"", "ten", "10s", "-1", "nan", "inf", "1e99", "0x10", " 1", "1 ", "1,5"})
    CHECK(complaint([&] { parse_seconds("--duration", text); }) == "--duration " + text);
}

TEST_CASE("counts keep to their range") {
  CHECK(parse_count("-n", "7", 1, 7) == 7);
  for (const std::string text : {"0", "8", "-1", "", "x", "1.5", "99999999999999999999"})
    CHECK(complaint([&] { parse_count("--top", text, 1, 7); }) == "--top " + text);
}

TEST_CASE("assignments are NAME=VALUE") {
  CHECK(parse_assignment("--set", "A=1") == std::pair<std::string, std::string>("A", "1"));
  CHECK(parse_assignment("--set", "A=") == std::pair<std::string, std::string>("A", ""));
  CHECK(parse_assignment("--set", "A=b=c") == std::pair<std::string, std::string>("A", "b=c"));
  CHECK(complaint([] { parse_assignment("--set", "A"); }) == "--set A");
  CHECK(complaint([] { parse_assignment("--set", "=1"); }) == "--set =1");
}
