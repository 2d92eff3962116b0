#include <signal.h>
#include <sys/wait.h>

#include <thread>

#include "sonda/ready_worker.h"
#include "support/catch.h"
#include "support/patience.h"
#include "unit/worker_script.h"

using namespace sonda;
using namespace sonda::test;
using namespace std::chrono_literals;

namespace {

/// Answers with its process, its arguments and its request.
const Script& script() {
  static const Script one(R"(request=$(cat); echo "$$ $* $request")");
  return one;
}

std::string ask(Worker& worker, std::string_view request) {
  return text(worker.ask(std::as_bytes(std::span(request)), 20s).answer);
}

bool ends(pid_t pid) {
  const auto until = std::chrono::steady_clock::now() + patience();
  while (::kill(pid, 0) == 0) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(5ms);
  }
  return true;
}

}  // namespace

TEST_CASE("a worker that waits is given once, and another one is started in its place") {
  ReadyWorker ready(script().path(), {"--get", "ready"});
  CHECK_FALSE(ready.waiting());
  CHECK(ready.take() == nullptr);
  ready.start();
  const auto first = ready.waiting();
  REQUIRE(first);
  ready.start();
  CHECK(ready.waiting() == first);
  const auto worker = ready.take();
  REQUIRE(worker);
  CHECK(worker->pid() == *first);
  CHECK_FALSE(ready.waiting());
  CHECK(ready.take() == nullptr);
  CHECK(ask(*worker, "the request") == std::to_string(*first) + " --get ready the request\n");
  CHECK_FALSE(worker->running());
  ready.start();
  const auto second = ready.waiting();
  REQUIRE(second);
  CHECK(second != first);
  CHECK(ask(*ready.take(), "another") == std::to_string(*second) + " --get ready another\n");
}

TEST_CASE("a worker that died while it waited is not given, and another one is started") {
  ReadyWorker ready(script().path(), {});
  ready.start();
  const auto first = ready.waiting();
  REQUIRE(first);
  REQUIRE(::kill(*first, SIGKILL) == 0);
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(*first), &info, WEXITED | WNOWAIT) == 0);
  CHECK_FALSE(ready.waiting());
  CHECK(ready.take() == nullptr);
  ready.start();
  CHECK(ready.take() != nullptr);
}

TEST_CASE("a worker that waits ends with who keeps it, or with what it was taken for") {
  pid_t kept = 0, taken = 0;
  {
    ReadyWorker ready(script().path(), {});
    ready.start();
    taken = ready.waiting().value();
    const auto worker = ready.take();
    ready.start();
    kept = ready.waiting().value();
  }
  CHECK(ends(kept));
  CHECK(ends(taken));
}

TEST_CASE("a worker that waits is not given if its program was exchanged, and one that is not there is no error") {
  const Script mine("cat");
  ReadyWorker ready(mine.path(), {});
  ready.start();
  std::filesystem::last_write_time(mine.path(), std::filesystem::file_time_type::clock::now() + 5s);
  CHECK(ready.take() == nullptr);
  ready.start();
  CHECK(ready.take() != nullptr);

  ReadyWorker none("/nonexistent/worker", {});
  none.start();
  CHECK(none.take() == nullptr);
}
