// What BCC's Python calls since releases after 0.26, and an older libbcc_bpf does not have.
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <cstring>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "attach/here/binaries.h"
#include "kernel/libbpf.h"

namespace sonda::bcc {
namespace {

bool has_value(const btf& types, const btf_type& type, std::string_view wanted) {
  const auto is_wanted = [&](std::uint32_t name) { return wanted == btf__name_by_offset(&types, name); };
  for (std::uint32_t i = 0; i < btf_vlen(&type); ++i) {
    if (btf_is_enum(&type) && is_wanted(btf_enum(&type)[i].name_off)) return true;
    if (btf_is_enum64(&type) && is_wanted(btf_enum64(&type)[i].name_off)) return true;
  }
  return false;
}

/// Whether a file is called "libNAME.so", with a version before or behind it, or, where NAME says ".so", "libNAME...".
bool is_library(const std::filesystem::path& path, std::string_view name) {
  const auto file = path.filename().string();
  const auto begin = "lib" + std::string(name);
  if (file.find(".so") == file.npos || !file.starts_with(begin)) return false;
  return name.find(".so") != name.npos || file[begin.size()] == '.' || file[begin.size()] == '-';
}

}  // namespace
}  // namespace sonda::bcc

// NOLINTBEGIN(readability-identifier-naming): the names are libbcc's
extern "C" {

/// 1 if the kernel's enumeration, or without a name any that has none, has that value; 0 if not; -1 if there is no such
/// enumeration, or the kernel does not tell its types.
int kernel_enum_has_val(const char* enumeration, const char* value) {
  const sonda::QuietLibbpf quiet;
  const sonda::BtfPointer types(btf__load_vmlinux_btf());
  if (types == nullptr) return -1;
  const std::string_view wanted = enumeration == nullptr ? "" : enumeration;
  bool is_there = false;
  for (std::uint32_t id = 1; id < btf__type_cnt(types.get()); ++id) {
    const auto* type = btf__type_by_id(types.get(), id);
    if (!btf_is_any_enum(type) || wanted != btf__name_by_offset(types.get(), type->name_off)) continue;
    is_there = true;
    if (sonda::bcc::has_value(*types, *type, value)) return 1;
  }
  return is_there ? 0 : -1;
}

/// The file of the library that the process has mapped; null if it has none. The caller frees it by
/// bcc_procutils_free().
char* bcc_procutils_which_so_in_process(const char* name, int pid) {
  try {
    for (const auto& file : sonda::binaries_of_process(pid, name))
      if (sonda::bcc::is_library(file, name)) return ::strdup(file.c_str());
  } catch (const std::exception&) {  // there is no such process, it may not be looked at, or there is no memory
  }
  return nullptr;
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming)
