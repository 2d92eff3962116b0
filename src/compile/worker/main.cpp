// sonda-compile: takes one compile request on its standard input, answers on its standard output, and ends. With
// --rehearse [CACHE] it compiles something of its own before. libbcc prints, changes directories and keeps LLVM's
// memory for ever; all that stays in here.

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <new>
#include <span>
#include <string_view>

#include "base/files.h"
#include "compile/protocol.h"
#include "compile/worker/compile_request.h"
#include "compile/worker/rehearsal.h"
#include "sonda/fd.h"

namespace sonda {
namespace {

constexpr std::string_view rehearse_option = "--rehearse";

/// The standard output becomes the answer's alone; whatever the libraries print there joins the standard error.
UniqueFd take_answer() {
  UniqueFd answer(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  return answer;
}

/// Writes the answer and ends: taking LLVM apart would take as long as a part of the compile.
void end_with(int answer, std::span<const std::byte> bytes) {
  write_all(answer, bytes, "the answer", Stage::compile);
  std::fflush(nullptr);
  ::_exit(0);
}

std::vector<std::byte> answer_to(std::span<const std::byte> bytes, int answer) {
  try {
    const auto fatal = [&](const Error& error) { end_with(answer, serialize_answer(error)); };
    return serialize_answer(compile_request(parse_request(bytes), fatal, Text::users));
  } catch (const Error& error) {
    return serialize_answer(error);
  } catch (const std::bad_alloc&) {
    return {};  // as where LLVM gives up for want of memory: the client says it
  } catch (const std::exception& error) {
    return serialize_answer(Error(Stage::compile, "the worker", error.what()));
  }
}

}  // namespace
}  // namespace sonda

#ifdef __SANITIZE_ADDRESS__
// LLVM never gives its memory back; this process ends instead.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
#endif

int main(int count, char** arguments) {
  using namespace sonda;
  const std::span<char*> all(arguments, static_cast<std::size_t>(count));
  ::umask(077);
  const auto answer = take_answer();
  if (count > 1 && all[1] == rehearse_option) {
    // Ctrl-C on the terminal is not meant for one that waits; when its client ends, so does what it reads.
    ::signal(SIGINT, SIG_IGN);
    rehearse(count > 2 ? all[2] : "");
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody would read the answer
  try {
    const auto request = read_all(STDIN_FILENO, "the request", Stage::compile);
    ::signal(SIGINT, SIG_DFL);
    end_with(answer.get(), answer_to(std::as_bytes(std::span(request)), answer.get()));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sonda-compile: %s\n", error.what());
  }
  return 1;
}
