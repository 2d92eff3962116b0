// Counts the device files that the processes of a cgroup, and of those below it, open or make, by the device's numbers.
// `return 0` instead would refuse it, which is how containers are kept from devices.
//
// For another cgroup edit the line below, or:
//   sonda run cgroup_device.c --attach-only 'cgroup:/sys/fs/cgroup/system.slice:device=on_device'
#include <uapi/linux/bpf.h>

enum access { MAKE = 1, READ = 2, WRITE = 4, READ_WRITE = 6 };
struct use {
  u32 major, minor;
  enum access access;
};

BPF_HASH(uses, struct use, u64);

// @attach cgroup:/sys/fs/cgroup:device
int on_device(struct bpf_cgroup_dev_ctx *ctx) {
  // The low half of access_type is the kind of device, the high half what is done with it.
  struct use use = {.major = ctx->major, .minor = ctx->minor, .access = ctx->access_type >> 16};
  uses.increment(use);
  return 1;
}
