// loads as: sk_skb
struct sock_key { u32 remote_ip, local_ip, remote_port, local_port; };
BPF_SOCKHASH(sockets, struct sock_key, 64);
int f(struct __sk_buff *skb) {
  struct sock_key key = {.local_port = skb->local_port};
  return sockets.sk_redirect_hash(skb, &key, 0);
}
