#include <unistd.h>

#include <csignal>
#include <fstream>

#include "support/catch.h"
#include "unit/worker_script.h"

using namespace sonda;
using namespace sonda::test;
using namespace std::chrono_literals;

TEST_CASE("a worker gets the request and gives its answer, and its messages are kept apart") {
  const auto output = Script("echo chatter >&2; cat").run("the request");
  CHECK(text(output.answer) == "the request");
  CHECK(output.chatter == "chatter\n");
}

TEST_CASE("a request and an answer larger than any pipe get through") {
  const std::string large(5'000'000, 'x');
  CHECK(text(Script("cat").run(large).answer) == large);
}

TEST_CASE("a worker that ignores its request is heard all the same") {
  CHECK(text(Script("echo answer").run(std::string(5'000'000, 'x')).answer) == "answer\n");
}

TEST_CASE("a worker that crashes is said to have crashed") {
  CHECK(Script("kill -SEGV $$").cause().find("signal 11") != std::string::npos);
  CHECK(Script("kill -KILL $$").cause().find("signal 9") != std::string::npos);
  CHECK(Script("exit 3").run().status == 3);
}

TEST_CASE("a worker that hangs is ended, and leaves no process behind") {
  const Script script("echo $$ > \"$(dirname \"$0\")/pid\"; exec sleep 60");
  CHECK(script.cause(1s).find("within 1 s") != std::string::npos);
  pid_t pid = 0;
  std::ifstream(script.folder() / "pid") >> pid;
  REQUIRE(pid > 0);
  CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("a worker that is not there, or no program, cannot be started") {
  try {
    run_worker("/nonexistent/worker", {}, 1s);
    FAIL("nothing was thrown");
  } catch (const Error& error) {
    CHECK(error.subject() == "/nonexistent/worker");
  }
}

TEST_CASE("nothing of our environment reaches a worker") {
  ::setenv("ARCH", "arm", 1);
  ::setenv("BCC_LINUX_VERSION_CODE", "1", 1);
  const auto environment = text(Script("env").run().answer);
  ::unsetenv("ARCH");
  ::unsetenv("BCC_LINUX_VERSION_CODE");
  CHECK(environment.find("ARCH") == std::string::npos);
  CHECK(environment.find("BCC_") == std::string::npos);
}
