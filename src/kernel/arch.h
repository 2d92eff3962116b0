// What differs between processors, in one place.
#pragma once

#include <linux/audit.h>
#include <sys/syscall.h>

#include <cstdint>
#include <string_view>

namespace sonda::arch {

#if defined(__x86_64__)
/// The folder of the processor's own files below /usr/include, as Debian names it.
inline constexpr std::string_view multiarch = "x86_64-linux-gnu";
/// The folder of the processor's own headers below arch/ of a kernel tree.
inline constexpr std::string_view kernel_folder = "x86";
/// What the kernel's function for a system call is called, before the call's own name.
inline constexpr std::string_view system_call_entry = "__x64_sys_";
/// What LLVM calls the processor.
inline constexpr const char* llvm_triple = "x86_64";
/// In which of its registers the kernel's JIT keeps R0 to R10.
inline constexpr std::string_view jit_registers[] = {"rax", "rdi", "rsi", "rdx", "rcx", "r8",
                                                     "rbx", "r13", "r14", "r15", "rbp"};
/// Addresses from here on are the kernel's.
inline constexpr unsigned long kernel_space = 0xffff800000000000;
/// How seccomp names the processor, and from which number on its calls are those of another way to use it (0: none).
inline constexpr std::uint32_t audit = AUDIT_ARCH_X86_64, other_calls_from = 0x40000000;
/// System calls that newer processors do not have.
inline constexpr std::uint32_t old_open = SYS_open;
inline constexpr std::uint32_t old_writing_calls[] = {SYS_rename, SYS_unlink, SYS_link,  SYS_symlink,
                                                      SYS_mkdir,  SYS_rmdir,  SYS_chmod, SYS_chown,
                                                      SYS_lchown, SYS_mknod,  SYS_creat};
#else
#error "Sonda runs on x86-64"
#endif

/// The system call in the name of a function that is one's entry on some kernel ("openat" of sys_openat); else empty.
constexpr std::string_view system_call(std::string_view function) {
  constexpr std::string_view entries[] = {"sys_",         "__x64_sys_",   "__x32_compat_sys_", "__ia32_compat_sys_",
                                          "__arm64_sys_", "__s390x_sys_", "__s390_sys_",       "__riscv_sys_"};
  for (const auto entry : entries)
    if (function.starts_with(entry)) return function.substr(entry.size());
  return {};
}

}  // namespace sonda::arch
