#include "kernel/kernel_headers.h"

#include <fmt/format.h>

#include "kernel/arch.h"
#include "kernel/kernel.h"
#include "sonda/error.h"

namespace sonda {

namespace fs = std::filesystem;

namespace {

// Since Linux 6.15 per-CPU pointers of x86-64 are declared so. BPF has no segments.
std::vector<std::string> no_segments() { return {"-D__seg_gs=", "-D__seg_fs="}; }

}  // namespace

HeaderTree kernel_headers() { return kernel_headers(fs::path("/lib/modules") / kernel_release()); }

HeaderTree kernel_headers(const fs::path& modules) {
  const auto build = modules / "build", source = modules / "source";
  const auto description = fmt::format("the kernel's own headers in {}", modules.string());
  std::error_code error;
  if (fs::exists(build / "include/linux/kconfig.h", error)) return {build, no_segments(), description};
  if (!fs::exists(source / "include/linux/kconfig.h", error))
    throw Error(Stage::kernel, modules.string(), "the headers of the running kernel are not installed",
                fmt::format("install the package linux-headers-{}, or use --headers btf", kernel_release()));
  // Debian keeps what the build generated apart from the source.
  HeaderTree tree{source, no_segments(), description};
  const auto generated = fmt::format("arch/{}/include/generated", arch::kernel_folder);
  for (const auto& folder :
       {generated, std::string("include"), generated + "/uapi", std::string("include/generated/uapi")})
    tree.flags.push_back("-I" + (build / folder).string());
  return tree;
}

}  // namespace sonda
