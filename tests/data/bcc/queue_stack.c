// loads as: kprobe
BPF_QUEUE(queue, int, 10);
BPF_STACK(stack, int, 10);
int f(struct pt_regs *ctx) {
  int value = 3, out = 0;
  queue.push(&value, BPF_EXIST);
  stack.push(&value, 0);
  queue.peek(&out);
  stack.pop(&out);
  return out;
}
