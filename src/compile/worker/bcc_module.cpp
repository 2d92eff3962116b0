#include "compile/worker/bcc_module.h"

#include <bcc/BPF.h>
#include <bcc/bcc_version.h>
#include <bcc/libbpf.h>
#include <bcc/table_storage.h>
#include <fcntl.h>

namespace {

// ebpf::BPF keeps its module to itself, and the module its sections and the text it compiled; the C++ rules let an
// explicit instantiation name private members, and a friend hand them out.
template <class Tag, typename Tag::Type Member>
struct Expose {
  friend typename Tag::Type member(Tag) { return Member; }
};

struct ModuleOf {
  using Type = std::unique_ptr<ebpf::BPFModule> ebpf::BPF::*;
  friend Type member(ModuleOf);
};
template struct Expose<ModuleOf, &ebpf::BPF::bpf_module_>;

struct RewrittenOf {
  using Type = std::string ebpf::BPFModule::*;
  friend Type member(RewrittenOf);
};
template struct Expose<RewrittenOf, &ebpf::BPFModule::mod_src_>;

struct MapDefinitionsOf {
  using Type = ebpf::fake_fd_map_def ebpf::BPFModule::*;
  friend Type member(MapDefinitionsOf);
};
template struct Expose<MapDefinitionsOf, &ebpf::BPFModule::fake_fd_map_>;

}  // namespace

namespace sonda {

struct BccModule::Impl {
  // Without the read-write engine: it would compile code to print each map, which our schemas do better.
  explicit Impl(std::uint32_t debug) : bpf(debug, nullptr, false) {}
  ebpf::BPF bpf;
  ebpf::BPFModule& bpf_module() { return *(bpf.*member(ModuleOf{})); }
  const ebpf::BPFModule& module() { return bpf_module(); }
};

namespace {

/// What libbcc noted of a map while it compiled; the parts of a note have no names, only places.
struct Definition {
  int stands_for = 0;
  std::string inner;
};

std::optional<Definition> definition_of(const ebpf::fake_fd_map_def& definitions, const std::string& map) {
  constexpr std::size_t name = 1, inner = 7;
  for (const auto& [number, definition] : definitions)
    if (std::get<name>(definition) == map) return Definition{number, std::get<inner>(definition)};
  return std::nullopt;
}

/// Exported tables are known under their name alone, or under the name space of the modules.
Linkage linkage_of(ebpf::BPFModule& module, const std::string& map) {
  ebpf::TableStorage::iterator found;
  auto& storage = module.table_storage();
  if (storage.Find(ebpf::Path({module.id(), map}), found) && found->second.is_extern) return Linkage::imported;
  const bool is_public =
      storage.Find(ebpf::Path({map}), found) || storage.Find(ebpf::Path({"ns", module.maps_ns(), map}), found);
  return is_public ? Linkage::exported : Linkage::own;
}

PythonTypes python_types(ebpf::BPFModule& module, std::size_t table) {
  const auto text = [](const char* or_null) { return std::string(or_null == nullptr ? "" : or_null); };
  PythonTypes types{.key = text(module.table_key_desc(table)), .value = text(module.table_leaf_desc(table))};
  const char* name = module.table_name(table);
  for (std::size_t i = 0; i < module.perf_event_fields(name); ++i)
    types.event.push_back(text(module.perf_event_field(name, i)));
  return types;
}

}  // namespace

BccModule::BccModule(std::uint32_t debug) : impl_(std::make_unique<Impl>(debug)) {}
BccModule::BccModule(BccModule&&) noexcept = default;
BccModule::~BccModule() = default;

void BccModule::declare_exported(const MapSpec& map) {
  // Any descriptor will do: it only stands for the map in the instructions, until the map itself is there.
  ebpf::FileDesc placeholder(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  impl_->bpf_module().table_storage().Insert(
      ebpf::Path({map.name}),
      ebpf::TableDesc(map.name, std::move(placeholder), static_cast<int>(map.type), map.key_size, map.value_size,
                      map.max_entries, static_cast<int>(map.flags)));
}

bool BccModule::compile(const std::string& text, const std::vector<std::string>& flags) {
  return impl_->bpf.init(text, flags).ok();
}

std::vector<std::string> BccModule::functions() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < impl_->module().num_functions(); ++i)
    names.emplace_back(impl_->module().function_name(i));
  return names;
}

std::vector<BccModule::Table> BccModule::tables() const {
  auto& module = impl_->bpf_module();
  std::vector<Table> result;
  for (std::size_t i = 0; i < module.num_tables(); ++i) {
    const std::string name = module.table_name(i);
    // Another probe's map has none, and stands in the text by its descriptor.
    const auto definition = definition_of(module.*member(MapDefinitionsOf{}), name)
                                .value_or(Definition{.stands_for = module.table_fd(i), .inner = {}});
    result.push_back({.name = name,
                      .fd = definition.stands_for,
                      .type = static_cast<std::uint32_t>(module.table_type(i)),
                      .key_size = static_cast<std::uint32_t>(module.table_key_size(i)),
                      .value_size = static_cast<std::uint32_t>(module.table_leaf_size(i)),
                      .max_entries = static_cast<std::uint32_t>(module.table_max_entries(i)),
                      .flags = static_cast<std::uint32_t>(module.table_flags(i)),
                      .inner = definition.inner,
                      .linkage = linkage_of(module, name),
                      .python = python_types(module, i)});
  }
  return result;
}

std::string BccModule::license() const {
  const char* text = impl_->module().license();
  return text == nullptr ? "" : text;
}

std::uint32_t BccModule::kernel_version() const { return impl_->module().kern_version(); }

std::string_view BccModule::rewritten() const { return impl_->module().*member(RewrittenOf{}); }

std::string BccModule::versions() { return "libbcc " LIBBCC_VERSION; }

}  // namespace sonda

/// Stands before libbcc's own, which it calls by the dynamic linker for each map of a probe. Here it makes none: what
/// the kernel says to a map is for the program to tell that loads the probe, and a compile needs no privilege. The
/// descriptor stands for the map, and is closed by libbcc.
int bcc_create_map_xattr(bcc_create_map_attr*, bool) { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
