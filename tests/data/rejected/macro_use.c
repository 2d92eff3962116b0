// The index is used by a macro.
#define COUNT(kind) hits[(kind)]++
static u64 hits[16];

int on_call(struct pt_regs *ctx) {
  u64 kind = PT_REGS_PARM1(ctx);
  COUNT(kind);  // refused here: unbounded_math (on 6.18)
  return 0;
}
// suggested: before line 7: if (kind >= 16) return 0;
