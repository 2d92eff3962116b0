/* Macros of the kernel's internal headers, which neither its BTF nor the user-space headers hold. A probe gets those
   that it names and does not define itself, unless the running kernel's BTF has an enumerator so called. This file is
   only taken from, never included: it holds no other code, and conditions in it are not looked at. */

/* Attributes of declarations. */
#define __user
#define __kernel
#define __iomem
#define __percpu
#define __rcu
#define __force
#define __init
#define __must_check
#define __nocast
#define __read_mostly
#define __always_inline inline __attribute__((always_inline))
#define __always_unused __attribute__((unused))
#define __maybe_unused __attribute__((unused))
#define __noinline __attribute__((noinline))
#define __packed __attribute__((packed))
#define __aligned(bytes) __attribute__((aligned(bytes)))
#define __section(name) __attribute__((section(name)))
#define __weak __attribute__((weak))

/* asm/page_64_types.h: where the kernel's own text is mapped on x86-64 (Documentation/arch/x86/x86_64/mm.rst). */
#define __START_KERNEL_map 0xffffffff80000000UL

/* linux/page-flags.h: the pages of a folio stand one behind the other, as all do with CONFIG_SPARSEMEM_VMEMMAP. */
#define folio_page(folio, n) (&(folio)->page + (n))

/* Expressions. */
#define likely(condition) __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)
#define offsetof(type, member) __builtin_offsetof(type, member)
#define container_of(pointer, type, member) ((type *)((char *)(pointer) - offsetof(type, member)))
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define READ_ONCE(place) (*(const volatile typeof(place) *)&(place))
#define WRITE_ONCE(place, value) (*(volatile typeof(place) *)&(place) = (value))
#define BIT(number) (1UL << (number))
#define BIT_ULL(number) (1ULL << (number))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define max_t(type, a, b) ((type)(a) > (type)(b) ? (type)(a) : (type)(b))
#define clamp(value, low, high) min(max(value, low), high)
#define clamp_t(type, value, low, high) min_t(type, max_t(type, value, low), high)
#define abs(x) ((x) < 0 ? -(x) : (x))
#define swap(a, b) \
  do {             \
    typeof(a) sonda_swapped = (a); \
    (a) = (b);     \
    (b) = sonda_swapped; \
  } while (0)
#define do_div(dividend, divisor) ({ u32 sonda_rest = (dividend) % (divisor); (dividend) /= (divisor); sonda_rest; })
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define ALIGN(x, bytes) (((x) + (bytes) - 1) & ~((typeof(x))(bytes) - 1))
#define round_up(x, bytes) ((((x) - 1) | ((typeof(x))(bytes) - 1)) + 1)
#define round_down(x, bytes) ((x) & ~((typeof(x))(bytes) - 1))
#define roundup(x, y) ((((x) + (y) - 1) / (y)) * (y))
#define rounddown(x, y) ((x) - (x) % (y))
#define GENMASK(high, low) ((~0UL << (low)) & (~0UL >> (63 - (high))))
#define GENMASK_ULL(high, low) ((~0ULL << (low)) & (~0ULL >> (63 - (high))))
#define upper_32_bits(number) ((u32)((u64)(number) >> 32))
#define lower_32_bits(number) ((u32)(number))
#define sizeof_field(type, member) sizeof(((type *)0)->member)
#define FIELD_SIZEOF(type, member) sizeof_field(type, member)
#define offsetofend(type, member) (offsetof(type, member) + sizeof_field(type, member))
#define list_entry(pointer, type, member) container_of(pointer, type, member)
#define hlist_entry(pointer, type, member) container_of(pointer, type, member)
#define rb_entry(pointer, type, member) container_of(pointer, type, member)
#define rcu_dereference(pointer) (pointer)
#define smp_processor_id() ((int)bpf_get_smp_processor_id())
#define memset(to, byte, size) __builtin_memset(to, byte, size)
#define memcpy(to, from, size) __builtin_memcpy(to, from, size)
#define memmove(to, from, size) __builtin_memmove(to, from, size)
#define fallthrough __attribute__((__fallthrough__))
#define barrier() asm volatile("" ::: "memory")
#define ntohs(x) bpf_ntohs(x)
#define ntohl(x) bpf_ntohl(x)
#define htons(x) bpf_htons(x)
#define htonl(x) bpf_htonl(x)
#define __constant_ntohs(x) bpf_ntohs(x)
#define __constant_ntohl(x) bpf_ntohl(x)
#define __constant_htons(x) bpf_htons(x)
#define __constant_htonl(x) bpf_htonl(x)
#define __constant_cpu_to_be16(x) bpf_htons(x)
#define __be16_to_cpu(x) bpf_ntohs(x)
#define __be32_to_cpu(x) bpf_ntohl(x)
#define __be64_to_cpu(x) bpf_ntohll(x)
#define __cpu_to_be16(x) bpf_htons(x)
#define __cpu_to_be32(x) bpf_htonl(x)
#define __cpu_to_be64(x) bpf_htonll(x)
#define le16_to_cpu(x) (x)
#define le32_to_cpu(x) (x)
#define le64_to_cpu(x) (x)
#define cpu_to_le16(x) (x)
#define cpu_to_le32(x) (x)
#define cpu_to_le64(x) (x)
#define be16_to_cpu(x) bpf_ntohs(x)
#define be32_to_cpu(x) bpf_ntohl(x)
#define be64_to_cpu(x) bpf_ntohll(x)
#define cpu_to_be16(x) bpf_htons(x)
#define cpu_to_be32(x) bpf_htonl(x)
#define cpu_to_be64(x) bpf_htonll(x)

/* Limits that C cannot find elsewhere. */
#define U8_MAX ((u8)~0U)
#define U16_MAX ((u16)~0U)
#define U32_MAX ((u32)~0U)
#define U64_MAX ((u64)~0ULL)
#define INT_MAX ((int)(~0U >> 1))
#define INT_MIN (-INT_MAX - 1)
#define UINT_MAX (~0U)
#define LONG_MAX ((long)(~0UL >> 1))
#define ULONG_MAX (~0UL)
#define ULLONG_MAX (~0ULL)

/* linux/kernel.h, linux/err.h, linux/scatterlist.h, linux/jiffies.h, linux/kconfig.h, linux/kallsyms.h */
#define READ 0
#define WRITE 1
#define MAX_ERRNO 4095
#define SG_CHAIN 0x01UL
#define SG_END 0x02UL
#define HZ CONFIG_HZ
#define NR_CPUS CONFIG_NR_CPUS
#define KSYM_NAME_LEN 512
#define MODULE_NAME_LEN 56

/* linux/sched.h */
#define TASK_COMM_LEN 16
#define TASK_RUNNING 0x0000
#define TASK_INTERRUPTIBLE 0x0001
#define TASK_UNINTERRUPTIBLE 0x0002
#define __TASK_STOPPED 0x0004
#define __TASK_TRACED 0x0008
#define PF_EXITING 0x00000004
#define PF_WQ_WORKER 0x00000020
#define PF_KSWAPD 0x00020000
#define PF_KTHREAD 0x00200000
#define MAX_PRIO 140
#define MAX_RT_PRIO 100
#define DEFAULT_PRIO 120

/* asm/page_64_types.h: where the kernel's half of the addresses starts, with page tables of four and of five levels. */
#define __PAGE_OFFSET_BASE_L4 0xffff888000000000UL
#define __PAGE_OFFSET_BASE_L5 0xff11000000000000UL
#define PAGE_OFFSET __PAGE_OFFSET_BASE_L4

/* linux/time64.h */
#define MSEC_PER_SEC 1000L
#define USEC_PER_MSEC 1000L
#define NSEC_PER_USEC 1000L
#define NSEC_PER_MSEC 1000000L
#define USEC_PER_SEC 1000000L
#define NSEC_PER_SEC 1000000000L

/* linux/fs.h, linux/dcache.h, linux/kdev_t.h, linux/genhd.h, linux/blk_types.h */
#define FMODE_READ 0x1
#define FMODE_WRITE 0x2
#define FMODE_EXEC 0x20
#define FMODE_CREATED 0x100000
#define DNAME_INLINE_LEN 40
#define DISK_NAME_LEN 32
#define BDEVNAME_SIZE 32
#define MINORBITS 20
#define MINORMASK ((1U << MINORBITS) - 1)
#define MAJOR(device) ((unsigned int)((device) >> MINORBITS))
#define MINOR(device) ((unsigned int)((device) & MINORMASK))
#define MKDEV(major, minor) (((major) << MINORBITS) | (minor))
#define REQ_OP_BITS 8
#define REQ_OP_MASK ((1 << REQ_OP_BITS) - 1)
#define S_ISLNK(mode) (((mode) & S_IFMT) == S_IFLNK)
#define S_ISREG(mode) (((mode) & S_IFMT) == S_IFREG)
#define S_ISDIR(mode) (((mode) & S_IFMT) == S_IFDIR)
#define S_ISCHR(mode) (((mode) & S_IFMT) == S_IFCHR)
#define S_ISBLK(mode) (((mode) & S_IFMT) == S_IFBLK)
#define S_ISFIFO(mode) (((mode) & S_IFMT) == S_IFIFO)
#define S_ISSOCK(mode) (((mode) & S_IFMT) == S_IFSOCK)

/* linux/socket.h */
#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_LOCAL 1
#define AF_INET 2
#define AF_INET6 10
#define AF_NETLINK 16
#define AF_PACKET 17
#define AF_VSOCK 40
#define PF_UNIX AF_UNIX
#define PF_INET AF_INET
#define PF_INET6 AF_INET6
#define SCM_RIGHTS 0x01
#define SCM_CREDENTIALS 0x02

/* net/tcp.h, net/sch_generic.h */
#define TCP_SKB_CB(skb) ((struct tcp_skb_cb *)&((skb)->cb[0]))
#define qdisc_skb_cb(skb) ((struct qdisc_skb_cb *)&((skb)->cb[0]))
