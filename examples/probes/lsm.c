// lsm: runs where the kernel asks its security modules whether something is allowed, and may refuse it: a result other
// than 0 is the error that the caller gets. Nobody can make a folder of the name FORBIDDEN, and each try is counted.
//
// @param FORBIDDEN "sonda-says-no" "no folder can have this name"
#include <linux/dcache.h>
#include <linux/fs.h>
#include <uapi/asm-generic/errno-base.h>

#ifndef FORBIDDEN
#define FORBIDDEN "sonda-says-no"
#endif

BPF_HASH(refused, u32, u64);  // by user

// BCC's way: LSM_PROBE(HOOK, PARAMETER...); the hooks and their parameters are the kernel's bpf_lsm_* functions.
LSM_PROBE(inode_mkdir, struct inode *parent, struct dentry *folder, int mode) {
  const char forbidden[] = FORBIDDEN;
  char name[sizeof(forbidden)] = {};
  bpf_probe_read_kernel_str(name, sizeof(name), folder->d_name.name);
  if (folder->d_name.len != sizeof(forbidden) - 1) return 0;
#pragma unroll
  for (int i = 0; i < sizeof(forbidden) - 1; ++i)
    if (name[i] != forbidden[i]) return 0;
  refused.increment((u32)bpf_get_current_uid_gid());
  return -EPERM;
}
