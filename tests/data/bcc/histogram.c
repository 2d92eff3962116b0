// loads as: kprobe
struct disk_t { char name[8]; u64 slot; };
BPF_HISTOGRAM(dist);
BPF_HISTOGRAM(linear, int, 64);
BPF_HISTOGRAM(by_disk, struct disk_t);
int f(struct pt_regs *ctx) {
  struct disk_t key = {.slot = bpf_log2l(100)};
  dist.increment(bpf_log2l(4096));
  dist.atomic_increment(bpf_log2l(4096));
  linear.increment(7);
  by_disk.increment(key);
  return 0;
}
