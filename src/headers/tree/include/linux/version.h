/* LINUX_VERSION_CODE is set by the compiler's flags. */
#ifndef SONDA_LINUX_VERSION_H
#define SONDA_LINUX_VERSION_H

#define KERNEL_VERSION(major, minor, patch) (((major) << 16) + ((minor) << 8) + ((patch) > 255 ? 255 : (patch)))

#endif
