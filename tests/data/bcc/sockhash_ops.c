// loads as: sock_ops
struct sock_key { u32 remote_ip, local_ip, remote_port, local_port; };
BPF_SOCKHASH(sockets, struct sock_key, 64);
BPF_SOCKMAP(by_index, 16);
int f(struct bpf_sock_ops *skops) {
  struct sock_key key = {.local_port = skops->local_port};
  int index = 1;
  if (skops->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB) {
    sockets.sock_hash_update(skops, &key, BPF_NOEXIST);
    by_index.sock_map_update(skops, &index, BPF_ANY);
  }
  return 0;
}
