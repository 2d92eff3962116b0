// sonda-compile: takes one compile request on its standard input, answers on its standard output, and ends. libbcc
// prints, changes directories and keeps LLVM's memory for ever; all that stays in here.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "base/files.h"
#include "compile/diagnostics.h"
#include "compile/protocol.h"
#include "compile/worker/bcc_module.h"
#include "compile/worker/build_image.h"
#include "compile/worker/short_kallsyms.h"
#include "kernel/header_tree.h"
#include "kernel/tracefs.h"
#include "sonda/fd.h"

namespace sonda {
namespace {

/// The standard output becomes the answer's alone; whatever the libraries print there joins the standard error.
UniqueFd take_answer() {
  UniqueFd answer(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  return answer;
}

std::string printed_so_far() {
  std::fflush(stdout);
  std::fflush(stderr);
  const int from_start = ::open("/proc/self/fd/2", O_RDONLY | O_CLOEXEC);
  const UniqueFd messages(from_start);
  return messages ? read_all(messages.get(), "messages", Stage::compile) : std::string();
}

/// All that names kernel types: the included files, and what the compiler is given.
std::string all_text(const CompileRequest& request) {
  std::string text;
  for (const auto& file : request.included) text += file.text + "\n";
  return text + text_to_compile(request);
}

HeaderTree make_headers(const CompileRequest& request, const std::filesystem::path& output) {
  std::optional<HeaderCache> cache;
  if (!request.cache.empty())
    cache = HeaderCache::open(request.cache, [](std::string_view line) { fmt::print(stderr, "{}\n", line); });
  const auto& key = request.key;
  return make_header_tree({.source = all_text(request),
                           .output = output,
                           .cache = std::move(cache),
                           .origin = fmt::format("{}\n{}\n{}\n{}", key.sonda, key.compiler, key.kernel, key.headers)});
}

Image compile_request(const CompileRequest& request) {
  // libbcc puts the directory it is started in first on the include path: one with nothing but what the probe includes.
  const std::filesystem::path folder(request.folder);
  const auto included = folder / included_folder, generated = folder / "headers";
  std::filesystem::create_directory(included);
  std::filesystem::create_directory(generated);
  std::filesystem::current_path(included);
  for (const auto& file : request.included)
    replace_file(included / file.name, std::as_bytes(std::span(file.text)), Stage::compile);

  const auto tree = request.headers == Headers::kernel ? kernel_headers() : make_headers(request, generated);
  ::setenv("BCC_KERNEL_SOURCE", tree.kernel_source.c_str(), 1);
  auto flags = tree.flags;
  // A function that nobody declared cannot be called in BPF: better said on its line than by the verifier.
  flags.emplace_back("-Werror=implicit-function-declaration");
  flags.insert(flags.end(), request.flags.begin(), request.flags.end());

  mount_tracefs_privately();  // libbcc reads the fields of a TRACEPOINT_PROBE there
  shorten_kallsyms(folder);

  BccModule module;
  for (const auto& map : request.exported) module.declare_exported(map);
  if (!module.compile(text_to_compile(request), flags))
    throw compile_error(request.key.probe, request.key.source,
                        with_user_folder(printed_so_far(), request.folder, request.key.probe));
  return build_image(request, module);
}

std::vector<std::byte> answer_to(std::span<const std::byte> bytes) {
  try {
    return serialize_answer(compile_request(parse_request(bytes)));
  } catch (const Error& error) {
    return serialize_answer(error);
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

int main() {
  using namespace sonda;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody would read the answer
  ::umask(077);
  const auto answer = take_answer();
  try {
    const auto request = read_all(STDIN_FILENO, "the request", Stage::compile);
    write_all(answer.get(), answer_to(std::as_bytes(std::span(request))), "the answer", Stage::compile);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sonda-compile: %s\n", error.what());
    return 1;
  }
  return 0;
}
