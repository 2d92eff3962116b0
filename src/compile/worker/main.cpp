// sonda-compile: takes one compile request on its standard input, answers on its standard output, and ends. With
// --rehearse [CACHE] it compiles something of its own before. libbcc prints, changes directories and keeps LLVM's
// memory for ever; all that stays in here.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>
#include <span>
#include <string_view>

#include "base/files.h"
#include "compile/protocol.h"
#include "compile/worker/compile_request.h"
#include "kernel/kernel.h"
#include "sonda/fd.h"
#include "sonda/version.h"

namespace sonda {
namespace {

constexpr std::string_view rehearse_option = "--rehearse";

/// The standard output becomes the answer's alone; whatever the libraries print there joins the standard error.
UniqueFd take_answer() {
  UniqueFd answer(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  return answer;
}

/// Writes the answer and ends: taking LLVM apart would take as long as a part of the compile.
void end_with(int answer, std::span<const std::byte> bytes) {
  write_all(answer, bytes, "the answer", Stage::compile);
  std::fflush(nullptr);
  ::_exit(0);
}

std::vector<std::byte> answer_to(std::span<const std::byte> bytes, int answer) {
  try {
    const auto fatal = [&](const Error& error) { end_with(answer, serialize_answer(error)); };
    return serialize_answer(compile_request(parse_request(bytes), fatal, Text::users));
  } catch (const Error& error) {
    return serialize_answer(error);
  } catch (const std::bad_alloc&) {
    return {};  // as where LLVM gives up for want of memory: the client says it
  } catch (const std::filesystem::filesystem_error& error) {
    return serialize_answer(file_error(Stage::compile, error));
  } catch (const std::exception& error) {
    return serialize_answer(Error(Stage::compile, "the worker", error.what()));
  }
}

// Its maps are another probe's as far as libbcc knows: so it makes none.
constexpr const char* small_probe = R"(#include <uapi/linux/ptrace.h>
#include <linux/sched.h>
struct key {
  u32 pid;
  u64 cpu;
  char comm[16];
};
struct seen {
  u64 time;
  u32 pid, parent;
  char text[64];
};
BPF_TABLE("extern", struct key, u64, sonda_rehearsal_counts, 1024);
BPF_TABLE("extern", u64, struct seen, sonda_rehearsal_seen, 1024);
static __always_inline u64 later(u64 time) { return time * 3 + 1000; }
int on_enter(struct pt_regs *ctx, const char *text) {
  u64 id = bpf_get_current_pid_tgid(), now = bpf_ktime_get_ns();
  struct task_struct *task = (struct task_struct *)bpf_get_current_task();
  struct key key = {.pid = id >> 32, .cpu = bpf_get_smp_processor_id()};
  struct seen seen = {.time = now, .pid = id >> 32, .parent = task->real_parent->tgid}, *before;
  bpf_get_current_comm(&key.comm, sizeof key.comm);
  bpf_probe_read_user_str(seen.text, sizeof seen.text, text);
  sonda_rehearsal_counts.increment(key);
  before = sonda_rehearsal_seen.lookup(&id);
  if (before && now > later(before->time)) seen.time = before->time;
  sonda_rehearsal_seen.update(&id, &seen);
  return 0;
}
int on_return(struct pt_regs *ctx) {
  u64 id = bpf_get_current_pid_tgid();
  struct seen *seen = sonda_rehearsal_seen.lookup(&id);
  if (!seen) return 0;
  for (int i = 0; i < 8; ++i)
    if (PT_REGS_RC(ctx) == i) seen->text[i] = i;
  sonda_rehearsal_seen.delete(&id);
  return 0;
}
)";

MapSpec map_of(const std::string& name, std::uint32_t key_size, std::uint32_t value_size) {
  return {.name = name, .type = BPF_MAP_TYPE_HASH, .key_size = key_size, .value_size = value_size, .max_entries = 1024};
}

void forget_what_was_printed() {
  std::cout.flush();
  std::fflush(stdout);
  std::fflush(stderr);
  if (::ftruncate(STDERR_FILENO, 0) == 0) ::lseek(STDERR_FILENO, 0, SEEK_SET);
}

/// Compiles a small probe that has what most have: a process compiles its second probe in half the time of the first.
/// `cache` is the user's folder, or empty. Whatever happens is of no consequence; nothing of what was printed is left,
/// nothing on the disk but a cached header, and no map was in the kernel.
void rehearse(const std::string& cache) {
  try {
    const TemporaryFolder folder;
    CompileRequest request{.headers = has_btf() ? Headers::btf : Headers::kernel,
                           .exported = {map_of("sonda_rehearsal_counts", 32, 8), map_of("sonda_rehearsal_seen", 8, 80)},
                           .folder = folder.path().string(),
                           .cache = cache};
    request.key.probe = "rehearsal";
    request.key.source = small_probe;
    request.key.kernel = kernel_identity();
    request.key.sonda = fmt::format("{} rehearsal", version);
    compile_request(request, [](const Error&) { ::_exit(1); }, Text::ours);
  } catch (const std::exception&) {  // the compile that counts has its own say
  }
  forget_what_was_printed();
}

}  // namespace
}  // namespace sonda

int main(int count, char** arguments) {
  using namespace sonda;
  const std::span<char*> all(arguments, static_cast<std::size_t>(count));
  ::umask(077);
  const auto answer = take_answer();
  if (count > 1 && all[1] == rehearse_option) {
    // Ctrl-C on the terminal is not meant for one that waits; when its client ends, so does what it reads.
    ::signal(SIGINT, SIG_IGN);
    rehearse(count > 2 ? all[2] : "");
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody would read the answer
  try {
    const auto request = read_all(STDIN_FILENO, "the request", Stage::compile);
    ::signal(SIGINT, SIG_DFL);
    end_with(answer.get(), answer_to(std::as_bytes(std::span(request)), answer.get()));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sonda-compile: %s\n", error.what());
  }
  return 1;
}
