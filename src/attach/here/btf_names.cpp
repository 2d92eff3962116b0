#include "attach/here/btf_names.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <tuple>
#include <unordered_set>

#include "sonda/error.h"

namespace sonda {
namespace {

constexpr auto types_folder = "/sys/kernel/btf";
// Their link takes a map, for which an attach point has no place.
constexpr auto iterators_of_a_map = std::to_array<std::string_view>({"bpf_map_elem", "bpf_sk_storage_map", "sockmap"});

template <class Visit>
void visit_names(const btf& types, const BtfSpelling& spelling, std::uint32_t first, Visit visit) {
  for (auto id = first; id < btf__type_cnt(&types); ++id) {
    const auto* type = btf__type_by_id(&types, id);
    if (btf_kind(type) != spelling.kind) continue;
    const std::string_view name = btf__name_by_offset(&types, type->name_off);
    if (name.starts_with(spelling.prefix)) visit(name.substr(spelling.prefix.size()), id);
  }
}

}  // namespace

std::vector<std::string> names_in_btf(const btf& types, const BtfSpelling& spelling, std::uint32_t first) {
  std::vector<std::string> names;
  visit_names(types, spelling, first, [&](std::string_view name, std::uint32_t) { names.emplace_back(name); });
  return names;
}

std::vector<std::string> iterators_in_btf(const btf& types) {
  std::unordered_set<std::string> functions;
  for (auto& name : names_in_btf(types, btf_iterators)) functions.insert(std::move(name));
  auto names = names_in_btf(types, btf_iterator_contexts);
  std::erase_if(names, [&](const std::string& name) {
    return !functions.contains(name) || std::ranges::find(iterators_of_a_map, name) != iterators_of_a_map.end();
  });
  return names;
}

std::uint32_t first_own_type(const btf& types) {
  const auto* base = btf__base_btf(&types);
  return base == nullptr ? 1 : btf__type_cnt(base);
}

std::uint32_t find_in_btf(const btf& types, const BtfSpelling& spelling, std::string_view name) {
  for (auto id = first_own_type(types); id < btf__type_cnt(&types); ++id) {
    const auto* type = btf__type_by_id(&types, id);
    if (btf_kind(type) != spelling.kind) continue;
    const std::string_view spelled = btf__name_by_offset(&types, type->name_off);
    if (spelled.starts_with(spelling.prefix) && spelled.substr(spelling.prefix.size()) == name) return id;
  }
  return 0;
}

std::vector<std::string> modules_with_types() {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(types_folder, error), end; !error && entry != end;
       entry.increment(error))
    if (auto name = entry->path().filename().string(); name != "vmlinux") names.push_back(std::move(name));
  return names;
}

TypesHere::TypesHere() {
  const QuietLibbpf quiet;
  kernel_.reset(btf__load_vmlinux_btf());
  if (kernel_ == nullptr)
    throw Error(Stage::kernel, "BTF", "this kernel does not tell its types: it was built without CONFIG_DEBUG_INFO_BTF")
        .with_exit(Exit::cannot_run);
  for (auto& name : modules_with_types()) {
    BtfPointer types(btf__load_module_btf(name.c_str(), kernel_.get()));
    if (types != nullptr) modules_.push_back({std::move(name), std::move(types)});  // else it went meanwhile
  }
}

std::vector<BtfName> TypesHere::named(const BtfSpelling& spelling) const {
  std::vector<BtfName> all;
  const auto add = [&](const std::string& module, const btf& types) {
    visit_names(types, spelling, first_own_type(types), [&](std::string_view name, std::uint32_t id) {
      all.push_back({std::string(name), module, &types, id});
    });
  };
  add("", *kernel_);
  for (const auto& module : modules_) add(module.name, *module.types);
  const auto key = [](const BtfName& one) { return std::tie(one.name, one.module); };
  std::ranges::stable_sort(all, {}, key);
  const auto again = std::ranges::unique(all, {}, key);
  all.erase(again.begin(), again.end());
  return all;
}

}  // namespace sonda
