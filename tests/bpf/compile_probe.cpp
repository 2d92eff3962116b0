// The real worker on real source, with the running kernel's types.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "base/text.h"
#include "sonda/compile.h"
#include "support/catch.h"
#include "support/skip.h"

using namespace sonda;

namespace {

const std::string counter = R"(#include <uapi/linux/ptrace.h>
#include <linux/sched.h>

struct key_t {
  u32 pid;
  char comm[TASK_COMM_LEN];
};
enum color { RED = 3, GREEN };
struct value_t {
  u64 n;
  enum color c;
  int low : 5, high : 11;
  int grid[2][3];
};

BPF_HASH(counts, struct key_t, struct value_t, 77);

static inline int helper(u32 pid) {
  return pid > SMALLEST;
}

int count(struct pt_regs *ctx) {
  struct key_t key = {};
  struct value_t zero = {};
  key.pid = bpf_get_current_pid_tgid() >> 32;
  if (!helper(key.pid))
    return 0;
  struct value_t *value = counts.lookup_or_try_init(&key, &zero);
  if (value)
    value->n += 1; // marked
  return 0;
}

int second(struct pt_regs *ctx) {
  return PT_REGS_RC(ctx); // last
}
)";

CompileOptions uncached() { return {.use_cache = false}; }

Image compile_text(const std::string& text, const CompileOptions& options = uncached()) {
  return compile(ProbeSource::from_text("counter.c", text), options);
}

int line_of(const std::string& text, std::string_view mark) {
  const auto lines = split_lines(text);
  const auto found = std::find_if(lines.begin(), lines.end(), [&](auto line) { return line.find(mark) != line.npos; });
  return static_cast<int>(found - lines.begin()) + 1;
}

bool has_line(const ProgramSpec& program, int line) {
  return std::any_of(program.lines.begin(), program.lines.end(),
                     [&](const LineRecord& record) { return record.line == static_cast<std::uint32_t>(line); });
}

Error error_of(const std::string& text) {
  try {
    compile_text(text);
  } catch (const Error& error) {
    return error;
  }
  FAIL("it compiled");
  throw std::logic_error("unreachable");
}

const CompileOptions with_smallest{.use_cache = false, .flags = {"-DSMALLEST=1"}};

}  // namespace

TEST_CASE("a probe becomes an image with programs, maps and their layouts") {
  SONDA_NEED_BPF();
  const auto image = compile_text(counter, with_smallest);
  CHECK(image.license == "GPL");
  REQUIRE(image.programs.size() == 2);
  REQUIRE(image.maps.size() == 1);
  const auto& map = image.map("counts");
  CHECK(map.max_entries == 77);
  CHECK(map.key.types.front().name == "struct key_t");
  CHECK(map.key.size() == 20);
  CHECK(map.value.size() == map.value_size);
  CHECK(describe(map.value).find("enum color") != std::string::npos);
  CHECK(map.btf_key_type != 0);
  CHECK_FALSE(image.btf.empty());
  const auto& program = image.program("count");
  REQUIRE_FALSE(program.maps.empty());
  CHECK(program.instructions.at(program.maps.front().instruction).imm == 0);
}

TEST_CASE("line records name the user's own lines, in the second function too") {
  SONDA_NEED_BPF();
  const auto image = compile_text(counter, with_smallest);
  CHECK(has_line(image.program("count"), line_of(counter, "// marked")));
  CHECK(has_line(image.program("second"), line_of(counter, "// last")));
  CHECK_FALSE(has_line(image.program("second"), line_of(counter, "// marked")));
}

TEST_CASE("a C error is told on the user's line") {
  SONDA_NEED_BPF();
  const auto error = error_of(counter);  // SMALLEST is not defined
  CHECK(error.stage() == Stage::compile);
  CHECK(error.subject() == "counter.c:" + std::to_string(line_of(counter, "SMALLEST")) + ":16");
  CHECK(error.cause().find("'SMALLEST'") != std::string::npos);
  CHECK(error.excerpt().find("return pid > SMALLEST;") != std::string::npos);
  CHECK(error.details().find("kernel headers") == std::string::npos);
}

TEST_CASE("a function that does not exist is told on its line") {
  SONDA_NEED_BPF();
  const auto error = error_of("int f(void *ctx) {\n  return bpf_get_curent_pid_tgid();\n}\n");
  CHECK(error.subject() == "counter.c:2:10");
  CHECK(error.cause().find("bpf_get_curent_pid_tgid") != std::string::npos);
}

TEST_CASE("a stack that is too large is told in the function") {
  SONDA_NEED_BPF();
  const auto error = error_of(
      "int f(void *ctx) {\n  char big[600] = {};\n  bpf_get_current_comm(big, sizeof(big));\n"
      "  bpf_trace_printk(\"%s\", big);\n  return 0;\n}\n");
  CHECK(error.cause().find("512 bytes") != std::string::npos);
  CHECK(error.subject().find("counter.c:") == 0);
}

TEST_CASE("a file without a function or a map is refused") {
  SONDA_NEED_BPF();
  CHECK(error_of("struct s { int a; };\n").cause().find("no BPF function") != std::string::npos);
}

TEST_CASE("an event's struct comes with the image, and one that does not exist is told on its line") {
  SONDA_NEED_BPF();
  const std::string text =
      "struct data_t { u64 when; u32 pid; };\n// @event events struct data_t\n"
      "BPF_RINGBUF_OUTPUT(events, 2);\nint f(void *ctx) {\n  struct data_t d = {};\n"
      "  events.ringbuf_output(&d, sizeof(d), 0);\n  return 0;\n}\n";
  const auto image = compile_text(text);
  CHECK(image.map("events").event.size() == 16);
  auto wrong = text;
  wrong.replace(wrong.find("struct data_t\nBPF"), 13, "struct datum ");
  CHECK(error_of(wrong).subject().find("counter.c:2") == 0);
}

TEST_CASE("@map changes a map's size without a word in the source") {
  SONDA_NEED_BPF();
  CHECK(compile_text(
            "// @map small max_entries=5\nBPF_HASH(small);\nint f(void *ctx) { small.increment(1); return 0; }\n")
            .map("small")
            .max_entries == 5);
}

TEST_CASE("a parameter is a macro in the probe and in nothing else") {
  SONDA_NEED_BPF();
  const auto image = compile_text(
      "#include <linux/sched.h>\n// @param pid 7 \"which\"\nint f(void *ctx) {\n"
      "  struct task_struct *task = (void *)bpf_get_current_task();\n  return task->tgid == pid;\n}\n");
  CHECK(image.key.flags == std::vector<std::string>{"pid=7"});
}

TEST_CASE("TRACEPOINT_PROBE knows the fields of its tracepoint") {
  SONDA_NEED_BPF();
  const auto image = compile_text("TRACEPOINT_PROBE(sched, sched_process_exec) { return args->pid; }\n");
  CHECK(image.programs.front().name == "tracepoint__sched__sched_process_exec");
}

TEST_CASE("no file of the current directory slips into a compile") {
  SONDA_NEED_BPF();
  const TemporaryFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::create_directories(folder.path() / "linux");
  std::ofstream(folder.path() / "linux/sched.h") << "#error from here\n";
  std::ofstream(folder.path() / "stdarg.h") << "#error from here\n";
  std::filesystem::current_path(folder.path());
  CHECK_NOTHROW(compile_text(counter, with_smallest));
  std::filesystem::current_path(before);
}

TEST_CASE("the same source comes from the cache, and another parameter, flag or text does not") {
  SONDA_NEED_BPF();
  const TemporaryFolder home;
  ::setenv("XDG_CACHE_HOME", home.path().c_str(), 1);
  std::string told;
  CompileOptions options;
  options.trace = [&](std::string_view line) { told = line; };
  const auto run = [&](const std::string& text) {
    told.clear();
    const auto image = compile_text(text, options);
    return std::pair(told, image.programs.front().instructions.size());
  };
  const std::string text = "int f(void *ctx) { return 1; }\n";
  const auto first = run(text), second = run(text), edited = run(text + "\n");
  CHECK(first.first.find("worker") != std::string::npos);
  CHECK(second.first.find("cache") != std::string::npos);
  CHECK(second.second == first.second);
  CHECK(edited.first.find("worker") != std::string::npos);
  options.flags = {"-DX=1"};
  CHECK(run(text).first.find("worker") != std::string::npos);
  ::unsetenv("XDG_CACHE_HOME");
}

TEST_CASE("the kernel's types are kept for an edited probe, and without the cache neither read nor kept") {
  SONDA_NEED_BPF();
  const TemporaryFolder home;
  ::setenv("XDG_CACHE_HOME", home.path().c_str(), 1);
  const std::string text = "int f(struct task_struct *task) { return 1; }\n";
  compile_text(text, {.headers = Headers::btf, .use_cache = false});
  CHECK(std::filesystem::is_empty(home.path()));

  const auto files = [&] {
    return std::vector<std::filesystem::path>{std::filesystem::directory_iterator(home.path() / "sonda/headers"),
                                              std::filesystem::directory_iterator()};
  };
  compile_text(text, {.headers = Headers::btf});
  REQUIRE(files().size() == 1);
  const auto file = files().front();
  const auto kept = read_file(file, Stage::cache);
  const auto image = compile_text("// Edited.\n" + text, {.headers = Headers::btf});
  CHECK(image.programs.front().name == "f");
  CHECK(files().size() == 1);

  std::ofstream(file) << "altered";  // to read it is to remove it
  compile_text("// Edited again.\n" + text, {.headers = Headers::btf, .use_cache = false});
  CHECK(read_file(file, Stage::cache) == "altered");
  compile_text("// Edited again.\n" + text, {.headers = Headers::btf});
  CHECK(read_file(file, Stage::cache) == kept);
  ::unsetenv("XDG_CACHE_HOME");
}

TEST_CASE("many processes that start at once all get their image") {
  SONDA_NEED_BPF();
  const TemporaryFolder home;
  ::setenv("XDG_CACHE_HOME", home.path().c_str(), 1);
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    const auto pid = ::fork();
    if (pid == 0) {
      try {
        compile_text("int f(void *ctx) { return 2; }\n", {});
        ::_exit(0);
      } catch (const std::exception&) {
        ::_exit(1);
      }
    }
    children.push_back(pid);
  }
  for (const auto pid : children) {
    int status = -1;
    ::waitpid(pid, &status, 0);
    CHECK(status == 0);
  }
  ::unsetenv("XDG_CACHE_HOME");
}
