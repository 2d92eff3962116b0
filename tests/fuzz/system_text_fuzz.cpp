// Texts and files that the system keeps: /proc/PID/status, lists of CPUs, versions, a kernel's .config, the loader's
// cache.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "attach/find_binary.h"
#include "kernel/kernel.h"
#include "kernel/kernel_config.h"
#include "kernel/privilege.h"
#include "sonda/error.h"

namespace {

void look_at_cpus(std::string_view text) {
  try {
    const auto cpus = sonda::parse_cpu_list(text);
    if (std::ranges::any_of(cpus, [](int cpu) { return cpu < 0; })) std::abort();
  } catch (const sonda::Error& error) {
    if (error.stage() != sonda::Stage::kernel) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (sonda::parse_effective_capabilities(text) && text.find("CapEff:") == text.npos) std::abort();
  look_at_cpus(text);
  (void)sonda::parse_version_code(text, "#1 SMP", "");
  (void)sonda::parse_version_code("6.1.0-18-amd64", text, text);
  if (sonda::config_value(text, "CONFIG_BPF").size() > std::max<std::size_t>(1, size)) std::abort();
  (void)sonda::config_flags(text, {"CONFIG_BPF"});
  for (const auto& library : sonda::parse_library_cache(text))
    if (library.name.size() > size || library.path.size() > size) std::abort();
  return 0;
}
