// Every directory change of every bash: what cdsnoop attaches.
//
// bash does all directory changes in cd_builtin(); pushd_builtin() and popd_builtin() call it. All three are attached at
// entry and at return, and a row is one command: whichever of the three was entered first. The directories are read from
// bash's own variable the_current_working_directory. Its distance from the probed function differs from one bash to
// another and comes as the attach cookie, with the place in the topmost byte. One program is at all places, so that they
// can be one link: it is the links that the kernel takes its time to remove.
//
// @param SHELLS 256 "threads that can be inside a directory change at the same time"
// @param ROW_PAGES 64 "pages of the ring buffer for rows, a power of two"
// @param EXEC_PAGES 16 "pages of the ring buffer for started programs, a power of two"
// @event rows struct row_head

#include <linux/sched.h>
#include <uapi/linux/ptrace.h>

#define INLINE static inline __attribute__((always_inline))
#define PATH_LIMIT 4096  // PATH_MAX
#define WORD_LIMIT 32    // words of a command
#define NOTE_LIMIT 256   // bytes of a message's format and of each of its arguments

// The places that the program is attached to; the first three are commands.
enum { CD, PUSHD, POPD, MESSAGE, STRERROR };

// The topmost two bits of a cookie: the link is at returns; the link is at entries and at returns.
#define AT_RETURN (1ULL << 63)
#define AT_BOTH (1ULL << 62)

// What of a row did not fit or could not be read.
enum { CUT_PREV = 1, CUT_CURR = 2, CUT_COMMAND = 4, NO_PREV = 8, NO_CURR = 16, NO_REASON = 32 };

// Indices into `lost`: started programs that did not fit `execs`. Who reads it looks for every bash again then.
enum { LOST_EXEC, LOST_KINDS };

// The texts that follow a row without gaps: the directory before and after, the command's words, each with its NUL, and
// the message that bash printed: a printf format and its first two arguments.
enum { PREV, CURR, COMMAND, FORMAT, FIRST, SECOND, TEXTS };

// The fixed part of a row.
struct row_head {
  u64 time;  // CLOCK_MONOTONIC, ns
  u32 pid, ppid, uid;
  int status;  // what the builtin returned; 0 is success
  int error;   // errno that bash put into words; 0 if none
  u16 length[TEXTS];  // in bytes
  u8 builtin, flags;
  u8 unused[6];
};

// bash's own structures, the same since bash 2.
struct word_desc {
  char *word;
  int flags;
};
struct word_list {
  struct word_list *next;
  struct word_desc *word;
};

struct inside {
  u64 stack;  // at the first entry: what it calls runs below it
  u64 words;  // struct word_list *
  u64 cwd;    // char **, &the_current_working_directory
  u64 format, first, second;  // char *, of the message that bash printed
  u32 depth;
  u32 changes;  // whether cd_builtin was reached
  struct row_head row;
  char text[2 * (PATH_LIMIT + 1) + 2 * PATH_LIMIT + 3 * NOTE_LIMIT];
};

BPF_TABLE("hash", u32, struct inside, shells, SHELLS);
BPF_ARRAY(blank, struct inside, 1);
BPF_PERCPU_ARRAY(lost, u64, LOST_KINDS);
BPF_RINGBUF_OUTPUT(rows, ROW_PAGES);
BPF_RINGBUF_OUTPUT(execs, EXEC_PAGES);  // u32: the process that started a program

INLINE void count_lost(int kind) {
  u64 *count = lost.lookup(&kind);
  if (count) *count += 1;
}

// Rows have flags for what could not be read.
// @quiet
INLINE u64 user_word(u64 address) {
  u64 value = 0;
  bpf_probe_read_user(&value, sizeof(value), (void *)address);
  return value;
}

// Appends the directory that bash is in; returns its length.
INLINE u64 add_directory(struct inside *s, u64 at, u8 cut, u8 missing) {
  u64 path = user_word(s->cwd);
  long length = -1;
  if (at > PATH_LIMIT + 1) return 0;
  if (path) length = bpf_probe_read_user_str(&s->text[at], PATH_LIMIT + 1, (void *)path);
  if (length <= 0) {
    s->row.flags |= missing;
    return 0;
  }
  if (length > PATH_LIMIT) s->row.flags |= cut;
  return length - 1;
}

// `at` plus what a helper says it read, both of them small. The mask makes the verifier forget that it is not 0, so that
// each turn of the loop below looks to it like the one before, and it need not follow all of them to the end.
INLINE u64 advance(u64 at, long length) { return (at + length) & (8 * PATH_LIMIT - 1); }

// Appends the command's words; returns the length of them all.
INLINE u64 add_words(struct inside *s, u64 start) {
  struct word_list list = {};
  struct word_desc desc = {};
  u64 next = s->words;
  u64 at = start;
  for (int i = 0; i < WORD_LIMIT && next && at <= 3 * PATH_LIMIT; i++) {
    // @quiet
    bpf_probe_read_user(&list, sizeof(list), (void *)next);
    // @quiet
    bpf_probe_read_user(&desc, sizeof(desc), list.word);
    long length = bpf_probe_read_user_str(&s->text[at], PATH_LIMIT, desc.word);
    if (length <= 0) break;
    s->row.flags |= (u64)length / PATH_LIMIT * CUT_COMMAND;
    at = advance(at, length);
    next = (u64)list.next;
  }
  if (next) s->row.flags |= CUT_COMMAND;
  return at - start;
}

INLINE u64 add_note(struct inside *s, u64 at, u64 text) {
  if (!text || at > 4 * PATH_LIMIT + 2 + 2 * NOTE_LIMIT) return 0;
  long length = bpf_probe_read_user_str(&s->text[at], NOTE_LIMIT, (void *)text);
  return length > 0 ? length - 1 : 0;
}

// cd_builtin inside pushd_builtin or popd_builtin, which call it at most once. Anything else that finds a state here
// finds one that an interrupted command left behind.
INLINE int is_nested(struct inside *s, u8 builtin, u64 stack) {
  return s && s->depth == 1 && !s->changes && builtin == CD && s->row.builtin != CD && stack < s->stack;
}

// Entry to cd_builtin, pushd_builtin and popd_builtin.
INLINE void enter(struct pt_regs *ctx, u32 thread, struct inside *s, u8 builtin, s64 distance) {
  u64 stack = PT_REGS_SP(ctx);
  if (is_nested(s, builtin, stack)) {
    s->depth = 2;
    s->changes = 1;
    return;
  }
  if (!s) {
    int zero = 0;
    struct inside *empty = blank.lookup(&zero);
    if (!empty) return;
    shells.update(&thread, empty);
    s = shells.lookup(&thread);
    if (!s) return;
  }
  s->stack = stack;
  s->words = PT_REGS_PARM1(ctx);
  s->cwd = PT_REGS_IP(ctx) + distance;
  s->format = 0;
  s->depth = 1;
  s->changes = builtin == CD;
  s->row.error = 0;
  s->row.builtin = builtin;
  s->row.flags = 0;
  s->row.length[PREV] = add_directory(s, 0, CUT_PREV, NO_PREV);
}

// builtin_error and report_error: bash prints a message; the first one is the reason. Its texts are read at the return,
// when printing has brought them into memory.
INLINE void note_message(struct pt_regs *ctx, struct inside *s) {
  if (s->format) return;
  s->format = PT_REGS_PARM1(ctx);
  s->first = PT_REGS_PARM2(ctx);
  s->second = PT_REGS_PARM3(ctx);
}

INLINE void send_row(struct pt_regs *ctx, struct inside *s) {
  struct task_struct *task = (struct task_struct *)bpf_get_current_task();
  s->row.time = bpf_ktime_get_ns();
  s->row.pid = bpf_get_current_pid_tgid() >> 32;
  // @quiet
  s->row.ppid = task->real_parent->tgid;
  s->row.uid = bpf_get_current_uid_gid();
  s->row.status = PT_REGS_RC(ctx);
  u64 at = s->row.length[PREV];
  if (at > PATH_LIMIT) return;
  at += s->row.length[CURR] = add_directory(s, at, CUT_CURR, NO_CURR);
  if (at > 2 * PATH_LIMIT) return;
  at += s->row.length[COMMAND] = add_words(s, at);
  s->row.length[FORMAT] = s->row.length[FIRST] = s->row.length[SECOND] = 0;
  if (s->format) {
    at += s->row.length[FORMAT] = add_note(s, at, s->format);
    at += s->row.length[FIRST] = add_note(s, at, s->first);
    at += s->row.length[SECOND] = add_note(s, at, s->second);
    if (!s->row.length[FORMAT]) s->row.flags |= NO_REASON;
  }
  if (at > sizeof(s->text)) return;
  rows.ringbuf_output(&s->row, sizeof(s->row) + at, 0);
}

// The return from the functions of enter().
INLINE void leave(struct pt_regs *ctx, u32 thread, struct inside *s) {
  if (s->depth > 1) {
    s->depth = 1;
    return;
  }
  if (s->changes || (int)PT_REGS_RC(ctx) != 0) send_row(ctx, s);
  shells.delete(&thread);
}

// At a return, the function is another place than the one that runs next.
INLINE int is_return(struct pt_regs *ctx, u64 cookie) {
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 15, 0)  // links at both are of Linux 6.13
  if (cookie & AT_BOTH) return bpf_get_func_ip(ctx) != PT_REGS_IP(ctx);
#endif
  return (cookie & AT_RETURN) != 0;
}

// uprobe and uretprobe on bash. A 1 from a link at both means that the return from this call is of no interest.
int visit(struct pt_regs *ctx) {
  u64 cookie = bpf_get_attach_cookie(ctx);
  u8 place = cookie >> 56 & 7;
  u32 thread = bpf_get_current_pid_tgid();
  struct inside *s = shells.lookup(&thread);
  if (place < MESSAGE) {
    if (!is_return(ctx, cookie))
      enter(ctx, thread, s, place, (s64)(cookie << 8) >> 8);
    else if (s)
      leave(ctx, thread, s);
    return 0;
  }
  if (s && place == MESSAGE) note_message(ctx, s);
  // bash puts an errno into words: the one of the chdir that failed.
  if (s && place == STRERROR && !s->format) s->row.error = PT_REGS_PARM1(ctx);
  return (cookie & AT_BOTH) != 0;
}

// @attach rawtracepoint:sched_process_exec
int on_exec(void *ctx) {
  u32 pid = bpf_get_current_pid_tgid() >> 32;
  // @quiet
  if (execs.ringbuf_output(&pid, sizeof(pid), 0)) count_lost(LOST_EXEC);
  return 0;
}

// @attach rawtracepoint:sched_process_exit
int on_exit(void *ctx) {
  u32 thread = bpf_get_current_pid_tgid();
  shells.delete(&thread);
  return 0;
}
