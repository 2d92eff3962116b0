// Sends an event for each order that is not of nothing.
#include <uapi/linux/ptrace.h>

struct order {
  u32 customer;
  u64 amount;
};
BPF_RINGBUF_OUTPUT(orders, 8);  // pages

// @attach uprobe:/proc/$PID/exe:sonda_order
int on_order(struct pt_regs *ctx) {
  struct order *order = orders.ringbuf_reserve(sizeof(*order));
  if (!order) return 0;
  order->customer = PT_REGS_PARM1(ctx);
  order->amount = PT_REGS_PARM2(ctx);
  if (order->amount == 0)
    orders.ringbuf_discard(order, 0);
  else
    orders.ringbuf_submit(order, 0);
  return 0;
}
