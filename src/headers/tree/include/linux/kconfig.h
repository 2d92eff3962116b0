/* Included before everything else: what libbcc's own headers ask of the kernel's configuration. The options that a
   probe names are set by the compiler's flags. */
#ifndef SONDA_LINUX_KCONFIG_H
#define SONDA_LINUX_KCONFIG_H

#ifndef CONFIG_BPF_SYSCALL
#define CONFIG_BPF_SYSCALL 1
#endif

/* Since Linux 4.17: system calls take their arguments from a pt_regs. */
#ifndef CONFIG_ARCH_HAS_SYSCALL_WRAPPER
#define CONFIG_ARCH_HAS_SYSCALL_WRAPPER 1
#endif

/* Since Linux 6.15 per-CPU pointers of x86-64 are declared so, in the formats of tracepoints too. BPF has no segments. */
#undef __seg_gs
#define __seg_gs
#undef __seg_fs
#define __seg_fs

/* IS_BUILTIN(OPTION): 1 if OPTION is defined as 1, else 0. An option that is 1 makes SONDA_IF_ pasted with it two
   arguments, so that the second of the list is 1. */
#define SONDA_IF_1 0,
#define SONDA_SECOND(ignored, value, ...) value
#define SONDA_CHOOSE(arguments) SONDA_SECOND(arguments 1, 0, 0)
#define SONDA_PASTE(value) SONDA_CHOOSE(SONDA_IF_##value)
#define SONDA_IS_ONE(option) SONDA_PASTE(option)
#define IS_BUILTIN(option) SONDA_IS_ONE(option)
#define IS_MODULE(option) SONDA_IS_ONE(option##_MODULE)
#define IS_ENABLED(option) (IS_BUILTIN(option) || IS_MODULE(option))

#endif
