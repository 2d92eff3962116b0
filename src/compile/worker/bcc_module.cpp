#include "compile/worker/bcc_module.h"

#include <bcc/BPF.h>
#include <bcc/bcc_version.h>

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

struct SectionsOf {
  using Type = ebpf::sec_map_def ebpf::BPFModule::*;
  friend Type member(SectionsOf);
};
template struct Expose<SectionsOf, &ebpf::BPFModule::sections_>;

struct RewrittenOf {
  using Type = std::string ebpf::BPFModule::*;
  friend Type member(RewrittenOf);
};
template struct Expose<RewrittenOf, &ebpf::BPFModule::mod_src_>;

}  // namespace

namespace sonda {

struct BccModule::Impl {
  // Without the read-write engine: it would compile code to print each map, which our schemas do better.
  ebpf::BPF bpf{0, nullptr, false};
  const ebpf::BPFModule& module() { return *(bpf.*member(ModuleOf{})); }
};

BccModule::BccModule() : impl_(std::make_unique<Impl>()) {}
BccModule::BccModule(BccModule&&) noexcept = default;
BccModule::~BccModule() = default;

bool BccModule::compile(const std::string& text, const std::vector<std::string>& flags) {
  return impl_->bpf.init(text, flags).ok();
}

std::vector<BccModule::Function> BccModule::functions() const {
  const auto& module = impl_->module();
  std::vector<Function> result;
  for (std::size_t i = 0; i < module.num_functions(); ++i) {
    const auto* start = reinterpret_cast<const bpf_insn*>(module.function_start(i));
    result.push_back({module.function_name(i), {start, module.function_size(i) / sizeof(bpf_insn)}});
  }
  return result;
}

std::vector<BccModule::Table> BccModule::tables() const {
  const auto& module = impl_->module();
  std::vector<Table> result;
  for (std::size_t i = 0; i < module.num_tables(); ++i)
    result.push_back({.name = module.table_name(i),
                      .fd = module.table_fd(i),
                      .type = static_cast<std::uint32_t>(module.table_type(i)),
                      .key_size = static_cast<std::uint32_t>(module.table_key_size(i)),
                      .value_size = static_cast<std::uint32_t>(module.table_leaf_size(i)),
                      .max_entries = static_cast<std::uint32_t>(module.table_max_entries(i)),
                      .flags = static_cast<std::uint32_t>(module.table_flags(i))});
  return result;
}

std::string BccModule::license() const {
  const char* text = impl_->module().license();
  return text == nullptr ? "" : text;
}

std::uint32_t BccModule::kernel_version() const { return impl_->module().kern_version(); }

std::span<const std::byte> BccModule::section(const std::string& name) const {
  const auto& sections = impl_->module().*member(SectionsOf{});
  const auto found = sections.find(name);
  if (found == sections.end()) return {};
  const auto& [address, size, id] = found->second;
  return std::as_bytes(std::span(address, size));
}

std::string_view BccModule::rewritten() const { return impl_->module().*member(RewrittenOf{}); }

std::string BccModule::versions() { return "libbcc " LIBBCC_VERSION; }

}  // namespace sonda
