// USDT probes count every time that a marked place is passed, in all processes or one, and wake up who waits for
// listeners.
#include "bpf/attach_support.h"

namespace sonda::test {
namespace {

using Arguments = std::vector<std::string>;

std::string listeners(TargetProcess& process) {
  process.go_on();
  return process.line();
}

}  // namespace

TEST_CASE("usdt: each place of a probe counts, and a counter of listeners goes up") {
  SONDA_NEED_BPF();
  for (const auto* name : {"marks", "marks_fixed"}) {
    INFO(name);
    const OwnTarget own(name);
    TargetProcess process(own.path(), {"--wait-for-newline", "--rounds", "501", "--listened", "307"});
    REQUIRE(process.line() == "ready");
    const Usdt copied{.binary = own.path(), .provider = "sonda_marks", .name = "copied"};
    const Usdt numbers{.binary = own.path(), .provider = {}, .name = "numbers"};
    const Usdt listened{.binary = own.path(), .provider = {}, .name = "listened"};
    const CountingProgram both(program_kind(copied)), one(program_kind(numbers)), waiting(program_kind(listened));
    const auto copies = attach(both.program(), copied);
    const auto each = attach(one.program(), numbers);
    const auto wait = attach(waiting.program(), listened);
    CHECK(copies.places() == 2);
    CHECK(each.places() == 1);
    listeners(process);
    CHECK(both.count() == 2 * 501);
    CHECK(one.count() == 501);
    CHECK(waiting.count() == 307);
  }
}

TEST_CASE("usdt: one process, or all, of a shared library") {
  SONDA_NEED_BPF();
  const Arguments arguments{"--wait-for-newline", "--library", "53"};
  for (const bool one : {true, false}) {
    TargetProcess process(target("marks"), arguments), other(target("marks"), arguments);
    REQUIRE(process.line() == "ready");
    REQUIRE(other.line() == "ready");
    const Usdt point{.binary = target("libmarks.so"),
                     .provider = "sonda_library",
                     .name = "called",
                     .pid = one ? process.pid() : all_pids};
    const CountingProgram program(program_kind(point));
    auto link = attach(program.program(), point);
    CHECK(listeners(process) == "listeners=1");
    CHECK(listeners(other) == (one ? "listeners=0" : "listeners=1"));
    CHECK(program.count() == (one ? 53 : 2 * 53));
  }
}

TEST_CASE("usdt: the counter of listeners goes down again") {
  SONDA_NEED_BPF();
  const OwnTarget own("marks");
  TargetProcess process(own.path(), {"--wait-for-newline", "--listened", "307"});
  REQUIRE(process.line() == "ready");
  const Usdt point{.binary = own.path(), .provider = {}, .name = "listened"};
  const CountingProgram program(program_kind(point)), later(program_kind(point));
  attach(program.program(), point).detach();
  // What is at the same place without a counter sees whether the place is passed.
  const Usdt numbers{.binary = own.path(), .provider = {}, .name = "numbers"};
  const auto link = attach(later.program(), numbers);
  listeners(process);
  CHECK(program.count() == 0);
}

TEST_CASE("usdt: what is not there is refused with what is") {
  SONDA_NEED_BPF();
  const auto binary = target("marks");
  const auto text = [](const Usdt& point) {
    const auto error = attach_error(point);
    return error.cause() + " / " + error.hint();
  };
  CHECK_THAT(text({.binary = binary, .provider = {}, .name = "copeid"}),
             Contains("no USDT probe") && Contains("'copied'"));
  CHECK_THAT(text({.binary = binary, .provider = "sonda_mark", .name = "copied"}),
             Contains("no provider 'sonda_mark'") && Contains("'sonda_marks'"));
  CHECK_THAT(text({.binary = target("calls"), .provider = {}, .name = "copied"}), Contains("has no USDT probes"));
  CHECK_THAT(text({.binary = "/no/such/file", .provider = {}, .name = "copied"}), Contains("No such file"));
}

}  // namespace sonda::test
