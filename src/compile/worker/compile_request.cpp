#include "compile/worker/compile_request.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/version.h>
#include <llvm/Support/ErrorHandling.h>
#include <sys/mount.h>

#include <cstdlib>
#include <optional>

#include "base/files.h"
#include "compile/diagnostics.h"
#include "compile/worker/bcc_module.h"
#include "compile/worker/build_image.h"
#include "compile/worker/confine.h"
#include "compile/worker/missing_field.h"
#include "headers/header_tree.h"
#include "kernel/kernel.h"
#include "kernel/tracefs.h"
#include "sonda/fd.h"

namespace sonda {
namespace {

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
                           .btf = request.btf,
                           .origin = fmt::format("{}\n{}\n{}\n{}", key.sonda, key.compiler, key.kernel, key.headers)});
}

/// libbcc asks the kernel's symbols whether there is a bpf_probe_read_kernel and a bpf_probe_read_user, and sorts all
/// of them (more than 100 000) anew for each call that a probe makes: 50 ms each. From Linux 5.5 on the answer is
/// known, so this process, in a mount namespace of its own, is shown a list of these two, which is kept in `folder`.
/// Where the kernel refuses, libbcc is just slower.
void shorten_kallsyms(const std::filesystem::path& folder) {
  // The addresses only have to lie where the kernel's do; nobody goes there.
  constexpr std::string_view symbols =
      "ffffffff81000000 T bpf_probe_read_kernel\n"
      "ffffffff81000010 T bpf_probe_read_user\n";
  if (kernel_version_code() < KERNEL_VERSION(5, 5, 0)) return;
  const auto file = folder / "kallsyms";
  replace_file(file, std::as_bytes(std::span(symbols)), Stage::compile);
  if (!make_mounts_private()) return;
  ::mount(file.c_str(), "/proc/kallsyms", nullptr, MS_BIND, nullptr);
}

/// From here on the compiler has the probe's text in its hands.
void confine_compiler(const CompileRequest& request, const HeaderTree& tree) {
  Confinement left{.readable = paths_in(request.flags),
                   .writable = request.folder,
                   .memory = request.memory,
                   .seconds = request.seconds};
  for (const char* path :
       {"/usr/include", "/usr/src", "/lib/modules", "/dev/null", "/proc/kallsyms", "/proc/cpuinfo", "/proc/self/fd",
        "/sys/kernel/btf", "/sys/kernel/tracing/events", "/sys/kernel/debug/tracing/events", "/sys/devices/system/cpu"})
    left.readable.emplace_back(path);
  left.readable.push_back(tree.kernel_source);
  if (!request.btf.empty()) left.readable.emplace_back(request.btf);
  for (const auto& missing : confine(left))
    fmt::print(stderr, "compile: the compiler is not confined in its {}\n", missing);
}

/// What LLVM gives up with is told to `tell` as long as this lives; LLVM would end the process with it. `tell` does not
/// come back: it ends the process in its own way.
class FatalErrors {
 public:
  using Tell = std::function<void(std::string_view reason)>;
  explicit FatalErrors(Tell tell) : tell_(std::move(tell)) {
    llvm::install_fatal_error_handler(
        [](void* self, const char* reason, bool) { static_cast<FatalErrors*>(self)->tell_(reason); }, this);
  }
  FatalErrors(const FatalErrors&) = delete;
  FatalErrors& operator=(const FatalErrors&) = delete;
  ~FatalErrors() { llvm::remove_fatal_error_handler(); }

 private:
  Tell tell_;
};

}  // namespace

Image compile_request(const CompileRequest& request, const std::function<void(const Error&)>& fatal, Text whose) {
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
  flags.emplace_back("-Wno-pragma-clang-attribute");  // of a probe without variables: see variable_annotation
  // A switch as a table would be one of addresses.
  flags.emplace_back("-fno-jump-tables");
  flags.insert(flags.end(), request.flags.begin(), request.flags.end());

  mount_tracefs_privately();  // libbcc reads the fields of a TRACEPOINT_PROBE there
  shorten_kallsyms(folder);
  if (whose == Text::users) confine_compiler(request, tree);

  BccModule module(request.debug);
  for (const auto& map : request.exported) module.declare_exported(map);
  const auto& key = request.key;
  const auto printed = [&] { return with_user_folder(printed_so_far(), request.folder, key.probe); };
  const FatalErrors errors([&](std::string_view reason) {
    if (const auto undefined = undefined_in_object(request, module)) fatal(*undefined);
    fatal(back_end_error(key.probe, key.source, printed() + std::string(reason), rewritten_probe(module), reason));
  });
  if (!module.compile(text_to_compile(request), flags))
    throw with_fields_there(compile_error(key.probe, key.source, printed(), rewritten_probe(module)), request.btf);
  auto image = build_image(request, module);
  image.warnings = warnings_in(key.source, printed(), rewritten_probe(module));
  return image;
}

}  // namespace sonda
