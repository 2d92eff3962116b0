// The length of the array is a macro.
#define KINDS 8
static u64 hits[KINDS];

int on_call(struct pt_regs *ctx) {
  u64 kind = PT_REGS_PARM3(ctx);
  hits[kind]++;  // refused here: unbounded_math (on 6.18)
  return 0;
}
// suggested: before line 7: if (kind >= KINDS) return 0;
