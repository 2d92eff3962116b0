/* Small inline functions of the kernel's internal headers, which its BTF does not hold. A probe gets those that it
   names and does not define itself. Only taken from, never included: each function starts with `static`, and what it
   needs is found by name. What they are given may point into the kernel, so they read with bpf_probe_read_kernel(). */

/* linux/math64.h */
static __always_inline u64 div_u64(u64 dividend, u32 divisor) { return dividend / divisor; }
static __always_inline u64 div64_u64(u64 dividend, u64 divisor) { return dividend / divisor; }
static __always_inline u64 div64_ul(u64 dividend, unsigned long divisor) { return dividend / divisor; }
static __always_inline u64 div_u64_rem(u64 dividend, u32 divisor, u32 *remainder) {
  *remainder = dividend % divisor;
  return dividend / divisor;
}

/* linux/err.h */
static __always_inline bool IS_ERR(const void *pointer) { return (unsigned long)pointer >= (unsigned long)-MAX_ERRNO; }
static __always_inline bool IS_ERR_OR_NULL(const void *pointer) { return !pointer || IS_ERR(pointer); }
static __always_inline long PTR_ERR(const void *pointer) { return (long)pointer; }
static __always_inline void *ERR_PTR(long error) { return (void *)error; }

/* linux/log2.h, linux/bitops.h: of a number that is not 0. */
static __always_inline int ilog2(u64 number) { return 63 - __builtin_clzll(number); }
static __always_inline int fls64(u64 number) { return number ? 64 - __builtin_clzll(number) : 0; }
static __always_inline bool is_power_of_2(unsigned long number) { return number && !(number & (number - 1)); }

/* linux/string.h: of a local array; the compiler knows both lengths. */
static __always_inline int strncmp(const char *a, const char *b, size_t size) {
#pragma clang loop unroll(full)
  for (size_t i = 0; i < size; ++i) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    if (!a[i]) break;
  }
  return 0;
}

/* linux/scatterlist.h: of a struct that was read into a local variable. */
static __always_inline bool sg_is_chain(struct scatterlist *sg) { return sg->page_link & SG_CHAIN; }
static __always_inline bool sg_is_last(struct scatterlist *sg) { return sg->page_link & SG_END; }
static __always_inline struct scatterlist *sg_chain_ptr(struct scatterlist *sg) {
  return (struct scatterlist *)(sg->page_link & ~(unsigned long)(SG_CHAIN | SG_END));
}
static __always_inline struct page *sg_page(struct scatterlist *sg) {
  return (struct page *)(sg->page_link & ~(unsigned long)(SG_CHAIN | SG_END));
}

/* net/inet_sock.h, linux/tcp.h, linux/udp.h, net/inet_connection_sock.h, linux/ipv6.h, net/af_unix.h */
static __always_inline struct inet_sock *inet_sk(const struct sock *sk) { return (struct inet_sock *)sk; }
static __always_inline struct tcp_sock *tcp_sk(const struct sock *sk) { return (struct tcp_sock *)sk; }
static __always_inline struct udp_sock *udp_sk(const struct sock *sk) { return (struct udp_sock *)sk; }
static __always_inline struct unix_sock *unix_sk(const struct sock *sk) { return (struct unix_sock *)sk; }
static __always_inline struct inet_connection_sock *inet_csk(const struct sock *sk) {
  return (struct inet_connection_sock *)sk;
}
static __always_inline struct inet_request_sock *inet_rsk(const struct request_sock *sk) {
  return (struct inet_request_sock *)sk;
}
static __always_inline struct tcp_request_sock *tcp_rsk(const struct request_sock *sk) {
  return (struct tcp_request_sock *)sk;
}
static __always_inline struct inet_timewait_sock *inet_twsk(const struct sock *sk) {
  return (struct inet_timewait_sock *)sk;
}

/* linux/skbuff.h, linux/ip.h, linux/tcp.h, linux/if_ether.h and others: of an skb in memory of the kernel,
   or of a copy of it; the headers that they point at are in the kernel's. */
static __always_inline unsigned char *sonda_skb_at(const struct sk_buff *skb, const void *offset_field) {
  unsigned char *head = 0;
  u16 offset = 0;
  bpf_probe_read_kernel(&head, sizeof(head), (const void *)&skb->head);
  bpf_probe_read_kernel(&offset, sizeof(offset), offset_field);
  return head + offset;
}
static __always_inline unsigned char *skb_mac_header(const struct sk_buff *skb) {
  return sonda_skb_at(skb, &skb->mac_header);
}
static __always_inline unsigned char *skb_network_header(const struct sk_buff *skb) {
  return sonda_skb_at(skb, &skb->network_header);
}
static __always_inline unsigned char *skb_transport_header(const struct sk_buff *skb) {
  return sonda_skb_at(skb, &skb->transport_header);
}
static __always_inline struct ethhdr *eth_hdr(const struct sk_buff *skb) { return (void *)skb_mac_header(skb); }
static __always_inline struct iphdr *ip_hdr(const struct sk_buff *skb) { return (void *)skb_network_header(skb); }
static __always_inline struct ipv6hdr *ipv6_hdr(const struct sk_buff *skb) { return (void *)skb_network_header(skb); }
static __always_inline struct tcphdr *tcp_hdr(const struct sk_buff *skb) { return (void *)skb_transport_header(skb); }
static __always_inline struct udphdr *udp_hdr(const struct sk_buff *skb) { return (void *)skb_transport_header(skb); }
static __always_inline struct icmphdr *icmp_hdr(const struct sk_buff *skb) { return (void *)skb_transport_header(skb); }
static __always_inline u16 sonda_skb_queue(const struct sk_buff *skb) {
  u16 queue = 0;
  bpf_probe_read_kernel(&queue, sizeof(queue), (const void *)&skb->queue_mapping);
  return queue;
}
static __always_inline bool skb_rx_queue_recorded(const struct sk_buff *skb) { return sonda_skb_queue(skb) != 0; }
static __always_inline u16 skb_get_rx_queue(const struct sk_buff *skb) { return sonda_skb_queue(skb) - 1; }
static __always_inline u16 skb_get_queue_mapping(const struct sk_buff *skb) { return sonda_skb_queue(skb); }

/* linux/fs.h, linux/dcache.h */
static __always_inline struct inode *file_inode(const struct file *file) {
  struct inode *inode = 0;
  bpf_probe_read_kernel(&inode, sizeof(inode), (const void *)&file->f_inode);
  return inode;
}
static __always_inline struct dentry *file_dentry(const struct file *file) {
  struct dentry *dentry = 0;
  bpf_probe_read_kernel(&dentry, sizeof(dentry), (const void *)&file->f_path.dentry);
  return dentry;
}
static __always_inline struct inode *d_inode(const struct dentry *dentry) {
  struct inode *inode = 0;
  bpf_probe_read_kernel(&inode, sizeof(inode), (const void *)&dentry->d_inode);
  return inode;
}
static __always_inline struct inode *d_backing_inode(const struct dentry *dentry) { return d_inode(dentry); }

/* linux/sched.h */
static __always_inline pid_t task_pid_nr(const struct task_struct *task) {
  pid_t pid = 0;
  bpf_probe_read_kernel(&pid, sizeof(pid), (const void *)&task->pid);
  return pid;
}
static __always_inline pid_t task_tgid_nr(const struct task_struct *task) {
  pid_t tgid = 0;
  bpf_probe_read_kernel(&tgid, sizeof(tgid), (const void *)&task->tgid);
  return tgid;
}
