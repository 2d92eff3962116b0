#include "support/compile_with_bcc.h"

#include <bcc/bcc_common.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "base/files.h"

namespace sonda::test {
namespace {

int compile(const std::string& source, const std::vector<std::string>& flags) {
  std::vector<const char*> words;
  for (const auto& flag : flags) words.push_back(flag.c_str());
  void* const module =
      ::bpf_module_create_c_from_string(source.c_str(), 0, words.data(), static_cast<int>(words.size()), true, nullptr);
  return module == nullptr ? 1 : 0;
}

}  // namespace

bool compiles_with_bcc(const std::string& source, const std::filesystem::path& kernel_source,
                       const std::vector<std::string>& flags) {
  const TemporaryFolder empty;
  // libbcc changes its process: a child's may be changed.
  const pid_t child = ::fork();
  if (child < 0) throw system_error(Stage::compile, "fork", "no process for libbcc", errno);
  if (child == 0) {
    if (std::getenv("SONDA_SHOW_BCC") == nullptr) {
      const int nowhere = ::open("/dev/null", O_WRONLY);
      ::dup2(nowhere, STDOUT_FILENO);
      ::dup2(nowhere, STDERR_FILENO);
    }
    ::setenv("BCC_KERNEL_SOURCE", kernel_source.c_str(), 1);
    ::_exit(::chdir(empty.path().c_str()) == 0 ? compile(source, flags) : 2);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) > 1)
    throw Error(Stage::compile, "libbcc", "ended without an answer");
  return WEXITSTATUS(status) == 0;
}

}  // namespace sonda::test
