#include "headers/kernel_types.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "base/files.h"
#include "kernel/libbpf.h"
#include "sonda/error.h"

namespace sonda {
namespace {

/// Whether `raw` holds one of `names` as a whole string: cheap, so that hardly any module needs to be parsed.
bool mentions(std::string_view raw, const NameSet& names) {
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    const auto string = '\0' + std::string(name) + '\0';
    return raw.find(string) != std::string_view::npos;
  });
}

bool defines(const btf& types, const NameSet& tags) {
  const auto end = btf__type_cnt(&types);
  for (auto id = btf__type_cnt(btf__base_btf(&types)); id < end; ++id) {
    const auto& type = *btf__type_by_id(&types, id);
    if ((btf_is_composite(&type) || btf_is_any_enum(&type)) &&
        tags.contains(btf__name_by_offset(&types, type.name_off)))
      return true;
  }
  return false;
}

}  // namespace

int must_write(int result) {
  if (result < 0) throw system_error(Stage::kernel, "kernel types", "libbpf cannot write them", -result);
  return result;
}

BtfPointer load_kernel_types(const std::filesystem::path& other) {
  const QuietLibbpf quiet;
  BtfPointer types(other.empty() ? btf__load_vmlinux_btf() : btf__parse(other.c_str(), nullptr));
  if (types != nullptr) return types;
  if (!other.empty())
    throw system_error(Stage::kernel, other.string(), "no kernel's types can be read there", errno,
                       "give a kernel's /sys/kernel/btf/vmlinux, or its unpacked vmlinux");
  throw system_error(Stage::kernel, "/sys/kernel/btf/vmlinux", "the kernel's types cannot be read", errno,
                     "use --headers kernel, with the kernel's headers installed");
}

BtfPointer load_module_types(btf& kernel, const NameSet& tags, const std::filesystem::path& folder) {
  const QuietLibbpf quiet;
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (entry->path().filename() != "vmlinux") files.push_back(entry->path());
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    const auto raw = try_read_file(file);
    if (!raw || !mentions(*raw, tags)) continue;
    BtfPointer types(btf__parse_raw_split(file.c_str(), &kernel));
    if (types != nullptr && defines(*types, tags)) return types;
  }
  return nullptr;
}

}  // namespace sonda
