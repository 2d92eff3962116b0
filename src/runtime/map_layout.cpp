#include "runtime/map_layout.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include "image/schema_from_btf.h"
#include "kernel/btf_pointer.h"

namespace sonda {
namespace {

bool same_declaration(const std::string& a, const std::string& b) { return a.empty() || b.empty() || a == b; }

std::string declared(const std::string& text, std::uint32_t size) {
  return text.empty() ? fmt::format("{} bytes", size) : text;
}

}  // namespace

// A schema without BTF is made up from the size, and says nothing that another could contradict.
MapLayout layout_of(const MapSpec& spec) {
  return {.type = spec.type,
          .key_size = spec.key_size,
          .value_size = spec.value_size,
          .max_entries = spec.max_entries,
          .key = spec.btf_key_type != 0 ? describe(spec.key) : std::string(),
          .value = spec.btf_value_type != 0 ? describe(spec.value) : std::string()};
}

MapLayout layout_of(const UniqueFd& map) {
  bpf_map_info info{};
  __u32 size = sizeof info;
  if (bpf_obj_get_info_by_fd(map.get(), &info, &size) != 0) return {};
  MapLayout layout{
      .type = info.type, .key_size = info.key_size, .value_size = info.value_size, .max_entries = info.max_entries};
  if (info.btf_id == 0) return layout;
  const BtfPointer types(btf__load_from_kernel_by_id(info.btf_id));
  if (!types) return layout;
  if (info.btf_key_type_id != 0) layout.key = describe(schema_from_btf(*types, info.btf_key_type_id));
  if (info.btf_value_type_id != 0) layout.value = describe(schema_from_btf(*types, info.btf_value_type_id));
  return layout;
}

bool operator==(const MapLayout& a, const MapLayout& b) {
  return a.type == b.type && a.key_size == b.key_size && a.value_size == b.value_size &&
         a.max_entries == b.max_entries && same_declaration(a.key, b.key) && same_declaration(a.value, b.value);
}

std::string describe(const MapLayout& layout) {
  const char* type = libbpf_bpf_map_type_str(static_cast<bpf_map_type>(layout.type));
  return fmt::format("{} of {}: {} -> {}", type != nullptr ? type : "map", layout.max_entries,
                     declared(layout.key, layout.key_size), declared(layout.value, layout.value_size));
}

}  // namespace sonda
