// loads as: sk_msg
struct sock_key { u32 remote_ip, local_ip, remote_port, local_port; };
BPF_SOCKHASH(sockets, struct sock_key, 64);
int f(struct sk_msg_md *msg) {
  struct sock_key key = {.local_port = msg->local_port};
  return sockets.msg_redirect_hash(msg, &key, BPF_F_INGRESS);
}
