#include "compile/worker/short_kallsyms.h"

#include <fcntl.h>
#include <linux/version.h>
#include <sys/mount.h>

#include "base/files.h"
#include "kernel/kernel.h"
#include "kernel/tracefs.h"

namespace sonda {
namespace {

// The addresses only have to lie where the kernel's do; nobody goes there.
constexpr std::string_view symbols =
    "ffffffff81000000 T bpf_probe_read_kernel\n"
    "ffffffff81000010 T bpf_probe_read_user\n";

}  // namespace

void shorten_kallsyms(const std::filesystem::path& folder) {
  if (kernel_version_code() < KERNEL_VERSION(5, 5, 0)) return;
  const auto file = folder / "kallsyms";
  replace_file(file, std::as_bytes(std::span(symbols)), Stage::compile);
  if (!make_mounts_private()) return;
  ::mount(file.c_str(), "/proc/kallsyms", nullptr, MS_BIND, nullptr);
}

}  // namespace sonda
