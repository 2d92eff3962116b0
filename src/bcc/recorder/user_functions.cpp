// Places in programs and libraries: which symbol an offset came from, and USDT probes, which are noted by their names.
#include <dlfcn.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bcc/recorder/guard.h"
#include "bcc/recorder/recorder.h"

// NOLINTBEGIN(readability-identifier-naming): the names and types are libbcc's
extern "C" {
struct bcc_symbol {
  const char* name;
  const char* demangle_name;
  const char* module;
  std::uint64_t offset;
};

struct bcc_usdt {
  const char* provider;
  const char* name;
  const char* bin_path;
  // more follows
};
}
// NOLINTEND(readability-identifier-naming)

namespace sonda::bcc {
namespace {

/// The function of libbcc_bpf that one of ours stands before.
template <class Function>
Function* behind(const char* name) noexcept {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

struct Enabled {
  std::string function;
  Usdt point;
};

/// What was enabled in each context, until a text is there that has the functions.
struct Contexts {
  std::mutex mutex;
  std::map<void*, pid_t> processes;
  std::map<void*, std::vector<Enabled>> enabled;
};

Contexts& contexts() {
  static Contexts all;
  return all;
}

/// libbcc_bpf hands a probe to a function without a word of who asked.
std::vector<Usdt>& listed() {
  thread_local std::vector<Usdt> probes;
  return probes;
}

std::vector<Usdt> probes_of(void* context) {
  listed().clear();
  if (const auto each = behind<void(void*, void (*)(bcc_usdt*))>("bcc_usdt_foreach"))
    each(context, [](bcc_usdt* probe) {
      recorded(0, [&] {
        listed().push_back(Usdt{Recorder::plain_path(probe->bin_path), probe->provider, probe->name});
        return 0;
      });
    });
  return listed();
}

int enable(void* context, std::optional<std::string_view> provider, std::string_view name, const char* function) {
  auto& all = contexts();
  const std::lock_guard lock(all.mutex);
  for (auto& probe : probes_of(context)) {
    if (probe.name != name || (provider && probe.provider != *provider)) continue;
    if (const auto process = all.processes.find(context); process != all.processes.end()) probe.pid = process->second;
    all.enabled[context].push_back({function, std::move(probe)});
    return 0;
  }
  return -1;
}

}  // namespace
}  // namespace sonda::bcc

// NOLINTBEGIN(readability-identifier-naming): the names and types are libbcc's
extern "C" {
using namespace sonda;
using namespace sonda::bcc;

int bcc_resolve_symname(const char* module, const char* name, std::uint64_t address, int pid, void* option,
                        bcc_symbol* symbol) {
  const auto real =
      behind<int(const char*, const char*, std::uint64_t, int, void*, bcc_symbol*)>("bcc_resolve_symname");
  if (real == nullptr || real(module, name, address, pid, option, symbol) != 0) return -1;
  return recorded(-1, [&] {
    if (name != nullptr && *name != '\0' && symbol->module != nullptr)
      recorder().found(symbol->module, symbol->offset, name);
    return 0;
  });
}

void* bcc_usdt_new_frompid(int pid, const char* path) {
  const auto real = behind<void*(int, const char*)>("bcc_usdt_new_frompid");
  auto* context = real == nullptr ? nullptr : real(pid, path);
  return recorded(context, [&] {
    auto& all = contexts();
    const std::lock_guard lock(all.mutex);
    if (context != nullptr) all.processes[context] = pid;
    return context;
  });
}

int bcc_usdt_enable_probe(void* context, const char* name, const char* function) {
  return recorded(-1, [&] { return enable(context, std::nullopt, name, function); });
}

int bcc_usdt_enable_fully_specified_probe(void* context, const char* provider, const char* name, const char* function) {
  return recorded(-1, [&] { return enable(context, provider, name, function); });
}

/// Sonda makes the readers of arguments itself.
const char* bcc_usdt_genargs(void**, int) { return ""; }

/// Called once the text is compiled, for the places to attach to: there are none, but the probes have their text now.
void bcc_usdt_foreach_uprobe(void* context, void*) {
  recorded(0, [&] {
    auto& all = contexts();
    const std::lock_guard lock(all.mutex);
    for (const auto& one : all.enabled[context]) recorder().attach_function(one.function, one.point);
    all.enabled.erase(context);
    return 0;
  });
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming)
