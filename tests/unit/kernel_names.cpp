// What the header generator sees in a probe's text.
#include <algorithm>

#include "headers/c_names.h"
#include "support/catch.h"

using namespace sonda;

namespace {

std::string joined(std::string_view text) {
  std::string result;
  for (const auto& token : tokenise(text)) (result += token.text) += ' ';
  return result;
}

}  // namespace

TEST_CASE("tokens leave out comments and literals, and join continued lines") {
  CHECK(joined("a/* b */c // d\ne \"f \\\" g\" 'h' i") == "a c e \"\" \"\" i ");
  CHECK(joined("#define x \\\n  y\nz") == "# define x y z ");
  CHECK(joined("0x1f->b9") == "0x1f - > b9 ");
}

TEST_CASE("text that ends in the middle of something is read to its end") {
  for (const std::string_view text :
       {"/* never", "\"never", "'", "\\", "\"\\", "#", "#define", "#include <", "struct", "enum {", "enum e { A = (",
        "typedef", "typedef struct {", "typedef int (*", "((((", "}}}}", "TRACEPOINT_PROBE(", "__attribute__"}) {
    CAPTURE(text);
    CHECK_NOTHROW(collect_names(text));
  }
  CHECK(collect_names(std::string_view("a\0b", 3)).used.contains("b"));
}

TEST_CASE("only what follows an include in angle brackets is an included file") {
  const auto names = collect_names(
      "#include <linux/sched.h>\n# include <net/sock.h> // x\n#include \"own.h\"\n"
      "// #include <linux/no.h>\n");
  CHECK(names.includes == std::vector<std::string_view>{"linux/sched.h", "net/sock.h"});
}

TEST_CASE("tags are told apart: used and defined") {
  const auto names = collect_names(
      "struct key_t { struct task_struct *t; union u { int a; } v; };\n"
      "struct forward; struct __attribute__((packed)) tight { int x; };\n"
      "enum color { RED = (1, 2), GREEN };\n");
  for (const char* tag : {"key_t", "u", "tight", "color"}) CHECK(names.tags.contains(tag));
  for (const char* tag : {"task_struct", "forward", "x"}) CHECK_FALSE(names.tags.contains(tag));
  CHECK(names.used_tags.contains("task_struct"));
  CHECK(names.ordinary.contains("RED"));
  CHECK(names.ordinary.contains("GREEN"));
}

TEST_CASE("what the probe defines at file scope is known") {
  const auto names = collect_names(R"(
#define LIMIT 5
#define TWICE(x) (inner_name * (x))
typedef struct { u32 pid; } pair_t __attribute__((packed));
typedef int (*callback_t)(int argument);
typedef u64 list_t[4], *other_t;
BPF_HASH(counts, struct pair, u64);
BPF_TABLE("percpu_hash", struct pair, typeof(f(1, 2)), latencies, 10);
static u64 total = 0;
static inline int helper(struct sock *sk) { int local = 0; return local; }
)");
  for (const char* name :
       {"LIMIT", "TWICE", "pair_t", "callback_t", "list_t", "other_t", "counts", "latencies", "total", "helper"}) {
    CAPTURE(name);
    CHECK(names.ordinary.contains(name));
  }
  for (const char* name : {"local", "sk", "u64", "argument", "inner_name"}) {
    CAPTURE(name);
    CHECK_FALSE(names.ordinary.contains(name));
  }
  CHECK(names.used.contains("inner_name"));
}

TEST_CASE("tracepoints are found in both notations") {
  const auto names = collect_names(
      "TRACEPOINT_PROBE(sched, sched_switch) { return 0; }\n"
      "int f(struct tracepoint__syscalls__sys_enter_openat *args) { return 0; }\n");
  using Pair = std::pair<std::string_view, std::string_view>;
  CHECK(names.tracepoints == std::vector<Pair>{{"sched", "sched_switch"}, {"syscalls", "sys_enter_openat"}});
}

TEST_CASE("iterators are found") {
  CHECK(collect_names("BPF_ITER(task) { return 0; }").iterators == std::vector<std::string_view>{"task"});
}
