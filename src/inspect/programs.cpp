#include "inspect/programs.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/bpf.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "inspect/object.h"
#include "kernel/libbpf.h"

namespace sonda {
namespace {

/// The name of the program's first function, by its type information; empty if there is none.
std::string function_name(int fd, const bpf_prog_info& known) {
  // A record is at least the function's first instruction and its type.
  if (known.btf_id == 0 || known.nr_func_info == 0 || known.func_info_rec_size < sizeof(bpf_func_info) ||
      known.func_info_rec_size > 256)
    return {};
  std::vector<std::byte> record(known.func_info_rec_size);
  bpf_prog_info info{};
  info.nr_func_info = 1;
  info.func_info_rec_size = known.func_info_rec_size;
  info.func_info = reinterpret_cast<std::uintptr_t>(record.data());
  if (!ask_about(fd, info)) return {};
  bpf_func_info first{};
  std::memcpy(&first, record.data(), sizeof first);
  const QuietLibbpf quiet;
  const BtfPointer types(btf__load_from_kernel_by_id(known.btf_id));
  const auto* type = types ? btf__type_by_id(types.get(), first.type_id) : nullptr;
  const auto* name = type != nullptr && btf_is_func(type) ? btf__name_by_offset(types.get(), type->name_off) : nullptr;
  return name == nullptr ? std::string() : name;
}

std::vector<std::uint32_t> map_ids(int fd, std::uint32_t count) {
  if (count == 0 || count > 4096) return {};
  std::vector<std::uint32_t> ids(count);
  bpf_prog_info info{};
  info.nr_map_ids = count;
  info.map_ids = reinterpret_cast<std::uintptr_t>(ids.data());
  if (!ask_about(fd, info)) return {};
  ids.resize(std::min(count, info.nr_map_ids));
  std::ranges::sort(ids);
  const auto [first, last] = std::ranges::unique(ids);
  ids.erase(first, last);
  return ids;
}

ProgramFacts facts_of(int fd, const bpf_prog_info& info) {
  ProgramFacts facts{.id = info.id,
                     .type = info.type,
                     .name = object_name(info.name),
                     .tag = fmt::format("{:02x}", fmt::join(info.tag, "")),
                     .gpl = info.gpl_compatible != 0,
                     .instructions = info.xlated_prog_len / std::uint32_t{sizeof(bpf_insn)},
                     .verified = info.verified_insns,
                     .jit_bytes = info.jited_prog_len,
                     .loaded = info.load_time,
                     .uid = info.created_by_uid,
                     .btf = info.btf_id,
                     .target_btf = info.attach_btf_obj_id,
                     .target_type = info.attach_btf_id};
  // Only what may have been cut is worth the look.
  if (facts.name.size() == BPF_OBJ_NAME_LEN - 1 || facts.name.empty())
    if (auto whole = function_name(fd, info); whole.starts_with(facts.name)) facts.name = std::move(whole);
  facts.maps = map_ids(fd, info.nr_map_ids);
  facts.memory = locked_memory(fd);
  return facts;
}

std::string without_prefix(std::string_view name) {
  for (const std::string_view prefix : {"btf_trace_", "bpf_lsm_"})
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  return std::string(name);
}

std::string look_up(std::uint32_t object, std::uint32_t type) {
  const QuietLibbpf quiet;
  BtfPointer base, types(btf__load_from_kernel_by_id(object));
  if (!types) {  // a module's is made of the kernel's and its own
    base.reset(btf__load_vmlinux_btf());
    if (base) types.reset(btf__load_from_kernel_by_id_split(object, base.get()));
  }
  const auto* found = types ? btf__type_by_id(types.get(), type) : nullptr;
  const auto* name = found != nullptr ? btf__name_by_offset(types.get(), found->name_off) : nullptr;
  return name == nullptr ? std::string() : without_prefix(name);
}

}  // namespace

std::string program_type_name(std::uint32_t type) {
  const char* name = ::libbpf_bpf_prog_type_str(static_cast<bpf_prog_type>(type));
  if (name != nullptr) return name;
  constexpr std::uint32_t netfilter = 32;  // newer than Debian 12's libbpf
  return type == netfilter ? "netfilter" : fmt::format("type {}", type);
}

std::vector<ListedProgram> ProgramList::read() {
  std::vector<ListedProgram> result;
  const auto ids = object_ids(ObjectKind::program);
  for (const auto id : ids) {
    const auto fd = open_object(ObjectKind::program, id);
    bpf_prog_info info{};
    if (!fd || !ask_about(fd.get(), info)) continue;
    auto found = known_.find(id);
    // Numbers come around again after four billion of them; then it was loaded at another time.
    if (found == known_.end() || found->second.loaded != info.load_time)
      found = known_.insert_or_assign(id, facts_of(fd.get(), info)).first;
    result.push_back({&found->second, {info.run_cnt, info.run_time_ns, info.recursion_misses}});
  }
  std::erase_if(known_, [&](const auto& entry) { return !std::ranges::binary_search(ids, entry.first); });
  return result;
}

const std::string& TargetNames::find(std::uint32_t object, std::uint32_t type) {
  const auto key = std::pair(object, type);
  auto found = known_.find(key);
  if (found == known_.end()) found = known_.emplace(key, look_up(object, type)).first;
  return found->second;
}

}  // namespace sonda
