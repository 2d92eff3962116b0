// Counts the orders that the shop takes.
BPF_ARRAY(orders, u64, 1);

// @attach uprobe:/proc/$PID/exe:sonda_order
int on_order(void *ctx) {
  orders.increment(0);
  return 0;
}
