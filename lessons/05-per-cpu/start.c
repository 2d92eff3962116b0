// Counts orders while two CPUs take them at once. But some get lost.
BPF_ARRAY(orders, u64, 1);

// @attach uprobe:/proc/$PID/exe:sonda_order
int on_order(void *ctx) {
  orders.increment(0);
  return 0;
}
