// A tracepoint's count, which may be anything.
BPF_PERF_OUTPUT(texts);

TRACEPOINT_PROBE(syscalls, sys_enter_write) {
  char text[128] = {};
  u32 length = args->count;
  bpf_probe_read_user(text, length, (void *)args->buf);  // refused here: negative (on 6.18)
  texts.perf_submit(args, text, sizeof(text));
  return 0;
}
// suggested: make line 6: u64 length = args->count; if (length > sizeof(text)) length = sizeof(text);
