// The BTF of the running kernel and of its modules.
#pragma once

#include <filesystem>

#include "headers/c_names.h"
#include "kernel/libbpf.h"

namespace sonda {

/// What a libbpf call returned that adds to a BTF or writes one. Throws Error(Stage::kernel) for a negative result.
int must_write(int result);

/// The types of the kernel itself, or those in the file `other`: BTF as it is, or in an ELF file. Throws
/// Error(Stage::kernel) if they cannot be read.
BtfPointer load_kernel_types(const std::filesystem::path& other = {});

/// The types of the first module below `folder` (as /sys/kernel/btf) that defines one of the structs, unions or enums
/// `tags`, on top of those of the kernel, which must outlive them. Null if no module does.
BtfPointer load_module_types(btf& kernel, const NameSet& tags, const std::filesystem::path& folder = "/sys/kernel/btf");

}  // namespace sonda
