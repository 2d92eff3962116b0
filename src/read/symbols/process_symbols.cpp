// Addresses of processes as functions: which mapping, which file, which symbol.

#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/text.h"
#include "elf/symbols.h"
#include "read/symbols/module.h"
#include "read/symbols/process_maps.h"
#include "sonda/error.h"
#include "sonda/symbols.h"

namespace sonda {
namespace {

// So much is kept at most; beyond it, everything is forgotten and read again as it is asked for.
constexpr std::size_t most_bytes_kept = 1UL << 30, most_processes_kept = 16384, most_files_kept = 100000;

// 32-bit processes have a vdso of their own, below.
constexpr std::uint64_t first_64_bit_vdso = 1UL << 32;

std::vector<pid_t> all_processes() {
  std::vector<pid_t> pids;
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc", error), end; !error && at != end; at.increment(error)) {
    if (const auto pid = parse_u64(at->path().filename().string())) pids.push_back(static_cast<pid_t>(*pid));
  }
  return pids;
}

SymbolAt symbol_in(const Module& module, std::uint64_t address) {
  const auto found = module.symbols.find(address);
  if (!found) return {{}, address, module.path};
  return {demangle(std::string(found->name)), found->offset, module.path};
}

}  // namespace

struct ProcessSymbols::Impl {
  using ModulePointer = std::shared_ptr<const Module>;

  void make_room() {
    const bool full = bytes_kept > most_bytes_kept || build_ids.size() > most_files_kept;
    if (processes.size() > most_processes_kept || full) processes.clear();
    if (!full) return;
    modules.clear();
    by_build_id.clear();
    build_ids.clear();
    bytes_kept = 0;
  }

  ProcessMaps& process(pid_t pid) { return processes.try_emplace(pid, pid).first->second; }

  ModulePointer module_of(pid_t pid, ProcessMaps::Entry& entry) {
    if (!entry.asked) entry.module = find_module(pid, entry.mapping);
    entry.asked = true;
    return entry.module;
  }

  ModulePointer find_module(pid_t pid, const Mapping& mapping) {
    if (mapping.path == "[vdso]") return mapping.start < first_64_bit_vdso ? nullptr : vdso();
    const auto file = open_mapped(pid, mapping);
    if (!file) return nullptr;
    try {
      const auto identity = identity_of(*file);
      if (const auto known = modules.find(identity); known != modules.end()) return known->second;
      auto module = read_module(pid, mapping, *file);
      keep(identity, module);
      return module;
    } catch (const Error&) {
      return nullptr;  // damaged, or cut short while it was read
    }
  }

  void keep(const FileIdentity& identity, const ModulePointer& module) {
    bytes_kept += module->symbols.bytes();
    modules[identity] = module;
    if (!module->build_id.empty()) by_build_id[module->build_id] = module;
  }

  ModulePointer vdso() {
    if (!vdso_asked) own_vdso = read_vdso();
    vdso_asked = true;
    return own_vdso;
  }

  ModulePointer with_build_id(const std::string& id, pid_t pid) {
    if (!by_build_id.contains(id) && pid > 0) look_through(pid, id);
    if (!by_build_id.contains(id) && nowhere.insert(id).second)
      for (const auto each : all_processes()) {
        look_through(each, id);
        if (by_build_id.contains(id)) break;
      }
    const auto known = by_build_id.find(id);
    return known == by_build_id.end() ? nullptr : known->second;
  }

  // Reads the symbols of the file with that build id if `pid` has it mapped; of others only their build id, once.
  void look_through(pid_t pid, const std::string& id) {
    for (const auto& mapping : read_code_mappings(pid)) {
      const auto [at, is_new] = build_ids.try_emplace({mapping.device, mapping.inode, mapping.path});
      if (is_new) at->second = read_build_id(pid, mapping);
      if (at->second == id && find_module(pid, mapping)) return;
    }
  }

  static std::string read_build_id(pid_t pid, const Mapping& mapping) {
    const auto file = open_mapped(pid, mapping);
    try {
      return file ? build_id_of(*file) : std::string{};
    } catch (const Error&) {
      return {};
    }
  }

  std::unordered_map<pid_t, ProcessMaps> processes;
  std::map<FileIdentity, ModulePointer> modules;
  std::unordered_map<std::string, ModulePointer> by_build_id;
  std::map<std::tuple<std::uint64_t, std::uint64_t, std::string>, std::string> build_ids;  // by device, inode, path
  std::set<std::string> nowhere;  // build ids that no process had
  std::size_t bytes_kept = 0;
  ModulePointer own_vdso;
  bool vdso_asked = false;
};

ProcessSymbols::ProcessSymbols() : impl_(std::make_unique<Impl>()) {}
ProcessSymbols::ProcessSymbols(ProcessSymbols&&) noexcept = default;
ProcessSymbols& ProcessSymbols::operator=(ProcessSymbols&&) noexcept = default;
ProcessSymbols::~ProcessSymbols() = default;

SymbolAt ProcessSymbols::find(pid_t pid, std::uint64_t address) {
  impl_->make_room();
  auto* entry = impl_->process(pid).find(address);
  if (!entry) return {};
  const auto offset = address - entry->mapping.start + entry->mapping.offset;
  const auto module = impl_->module_of(pid, *entry);
  if (!module) return {{}, offset, entry->mapping.path};
  // The vdso is an image in memory: its offsets are its addresses.
  const auto in_module = module->symbols.address_of(offset);
  if (!in_module) return {{}, offset, module->path};
  auto found = symbol_in(*module, *in_module);
  if (!entry->mapping.path.empty()) found.module = entry->mapping.path;
  return found;
}

SymbolAt ProcessSymbols::find(std::string_view build_id, std::uint64_t offset, pid_t pid) {
  impl_->make_room();
  const auto module = impl_->with_build_id(std::string(build_id), pid);
  if (!module) return {};
  const auto address = module->symbols.address_of(offset);
  return address ? symbol_in(*module, *address) : SymbolAt{{}, offset, module->path};
}

bool ProcessSymbols::remember(pid_t pid) {
  impl_->make_room();
  impl_->processes.erase(pid);
  auto& process = impl_->process(pid);
  for (auto& entry : process.entries()) impl_->module_of(pid, entry);
  return !process.empty();
}

void ProcessSymbols::forget(pid_t pid) { impl_->processes.erase(pid); }

void ProcessSymbols::forget_processes() {
  impl_->processes.clear();
  impl_->nowhere.clear();
}

}  // namespace sonda
