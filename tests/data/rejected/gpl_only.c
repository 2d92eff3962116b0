// A helper for programs under the GPL.
#define BPF_LICENSE Proprietary

int on_call(struct pt_regs *ctx) {
  bpf_trace_printk("called\n");  // refused here: gpl_only
  return 0;
}
// suggested: make line 2: #define BPF_LICENSE GPL
