// What the running kernel is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonda {

/// Whether the kernel shows its types in /sys/kernel/btf/vmlinux.
bool has_btf();

/// A text that differs between any two builds of the kernel: its release, version line and build id, or the size of its
/// BTF where it has no build id.
std::string kernel_identity();

/// The build id in the notes of an ELF file, as hexadecimal digits; empty if there is none.
std::string build_id_in(std::string_view notes);

/// uname -r, e.g. "6.1.0-18-amd64".
std::string kernel_release();

/// LINUX_VERSION_CODE of the running kernel. The release of a Debian or Ubuntu kernel lacks the last number, which is
/// then taken from where the distribution puts it. As in the kernel's own headers the last number is at most 255.
std::uint32_t kernel_version_code();

/// The three numbers of the upstream version that the texts of uname(2) and /proc/version_signature (empty if there is
/// no such file) tell, packed as KERNEL_VERSION() does.
std::uint32_t parse_version_code(const std::string& release, const std::string& version, const std::string& signature);

/// How far the kernel is locked down against root: "none", "integrity" or "confidentiality".
std::string lockdown();

/// The text of the file `name` of securityfs; nothing if the kernel has none or the lack of privilege keeps it back.
std::optional<std::string> read_security_file(const std::string& name);

/// The security modules that are switched on, in the kernel's order ("lockdown", "apparmor", "bpf"); nothing if that
/// cannot be known.
std::optional<std::vector<std::string>> security_modules();

/// The CPUs that are online, ascending. Throws Error(Stage::kernel).
std::vector<int> online_cpus();

/// The numbers of a list as /sys writes them, e.g. "0-3,8". Throws Error(Stage::kernel) if it is anything else.
std::vector<int> parse_cpu_list(std::string_view text);

}  // namespace sonda
