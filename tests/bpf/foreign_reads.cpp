// What probes read behind pointers that are not theirs: each element of arrays in structs, in every way to write it,
// and bit-fields. The truth is what the same expression gives in this program, or what the kernel says of this process.
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bpf/private_cache.h"
#include "kernel/kernel.h"
#include "sonda/sonda.h"
#include "support/catch.h"
#include "support/error_of.h"
#include "support/skip.h"

// One text for both: declared here, and given to the probe.
#define SONDA_FOREIGN_TYPES       \
  struct inner {                  \
    u16 small[3];                 \
    u32 grid[2][3];               \
    struct {                      \
      u8 raw[4];                  \
    } deep;                       \
  };                              \
  struct outer {                  \
    int first;                    \
    u8 bytes[8];                  \
    u64 words[3];                 \
    struct inner one, many[2];    \
    u32* numbers;                 \
    struct inner* far;            \
    struct inner* row[2];         \
    struct outer* next;           \
    u32 three : 3, thirteen : 13; \
    s32 minus : 5;                \
    u64 wide : 40, rest : 24;     \
    union {                       \
      struct {                    \
        u8 low : 4, high : 4;     \
      };                          \
      u8 both;                    \
    };                            \
    struct {                      \
      u16 before;                 \
      u16 a : 7, b : 9;           \
    } named;                      \
  };

#define SONDA_TEXT_OF(...) #__VA_ARGS__
#define SONDA_TEXT(...) SONDA_TEXT_OF(__VA_ARGS__)

namespace {
using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using s32 = std::int32_t;
using u64 = std::uint64_t;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"  // C has structs without a name in others
SONDA_FOREIGN_TYPES
#pragma GCC diagnostic pop
}  // namespace

extern "C" {
[[gnu::noinline]] int sonda_test_foreign(const void* object, const void* list, int index) {
  asm volatile("" : "+r"(object), "+r"(list), "+r"(index));
  return index;
}
}

namespace sonda::test {
namespace {

struct Objects {
  std::array<u32, 4> numbers{11, 22, 33, 44};
  inner far[3]{}, near[2]{};
  outer second{}, first{};
  outer* list[3] = {&first, &second, &first};

  Objects() {
    for (u32 i = 0; i < 3; ++i) fill(far[i], 1000 * (i + 1));
    for (u32 i = 0; i < 2; ++i) fill(near[i], 100 * (i + 1));
    fill(first, 1);
    fill(second, 50);
    first.next = &second;
  }

 private:
  static void fill(inner& one, u32 start) {
    for (auto& each : one.small) each = static_cast<u16>(start++);
    for (auto& row : one.grid)
      for (auto& each : row) each = start++;
    for (auto& each : one.deep.raw) each = static_cast<u8>(start++);
  }

  void fill(outer& one, u32 start) {
    one.first = 77;
    for (auto& each : one.bytes) each = static_cast<u8>(start++);
    for (auto& each : one.words) each = (u64{1} << 40) + start++;
    fill(one.one, start + 200);
    for (auto& each : one.many) fill(each, start += 300);
    one.numbers = numbers.data();
    one.far = far;
    one.row[0] = &near[0];
    one.row[1] = &near[1];
    one.three = 5;
    one.thirteen = (4097 + start) & 0x1fff;
    one.minus = -7;
    one.wide = 0xabcdef1234;
    one.rest = 0x654321;
    one.low = 9;
    one.high = 6;
    one.named.before = 65535;
    one.named.a = 85;
    one.named.b = 300;
  }
};

Probe open_foreign(const std::string& text) {
  static const auto cache = PrivateCache::or_shared();
  return Probe::open(ProbeSource::from_text("foreign.c", "#include <uapi/linux/ptrace.h>\n" + text));
}

/// What `expression` is in a probe that is given `p`, `list` and `i`.
std::uint64_t read(const std::string& expression, const Objects& objects, int index, const std::string& before = {}) {
  auto probe = open_foreign(std::string(SONDA_TEXT(SONDA_FOREIGN_TYPES)) +
                            "\n#define TWO 2\n#define FIRST_OF(what) (what)[0]\nBPF_ARRAY(result, u64, 1);\n" + before +
                            "int f(struct pt_regs *ctx, struct outer *p, struct outer **list, int i) {\n"
                            "  int zero = 0;\n  u64 value = " +
                            expression + ";\n  result.update(&zero, &value);\n  return 0;\n}\n");
  probe.attach_uprobe("/proc/self/exe", "sonda_test_foreign", "f");
  sonda_test_foreign(&objects.first, objects.list, index);
  return probe.table("result").find<std::uint64_t>(std::uint32_t{0}).value();
}

/// The same expression here and there.
#define SONDA_SAME(expression)                                            \
  do {                                                                    \
    INFO(#expression);                                                    \
    CHECK(read(#expression, objects, i) == static_cast<u64>(expression)); \
  } while (false)

}  // namespace

#define TWO 2

TEST_CASE("an element of an array in a struct is that element, however it is written") {
  SONDA_NEED_BPF();
  const Objects objects;
  const auto* p = &objects.first;
  const auto* const* list = objects.list;
  const int i = 2;
  SONDA_SAME(p->bytes[0]);
  SONDA_SAME(p->bytes[7]);
  SONDA_SAME(p->bytes[i]);
  SONDA_SAME(p->bytes[i & 1 ? 3 : 5]);
  SONDA_SAME(p->bytes[TWO]);
  SONDA_SAME(p->bytes[TWO + 1]);
  SONDA_SAME(p->words[1]);
  SONDA_SAME((p->words)[i]);
  SONDA_SAME(*(p->words + i));
  SONDA_SAME(p->one.small[1]);
  SONDA_SAME(p->one.deep.raw[i]);
  SONDA_SAME(p->one.grid[1][2]);
  SONDA_SAME(p->one.grid[i >> 1][i]);
  SONDA_SAME(p->many[1].small[2]);
  SONDA_SAME(p->many[i - 1].deep.raw[3]);
  SONDA_SAME(list[1]->bytes[1]);
  SONDA_SAME(list[i - 1]->words[i]);
  SONDA_SAME(p->next->bytes[5]);
  SONDA_SAME(p->next->one.small[i]);
  SONDA_SAME(p[0].bytes[3]);
}

TEST_CASE("behind a pointer in a struct the pointer is read, then the element") {
  SONDA_NEED_BPF();
  const Objects objects;
  const auto* p = &objects.first;
  const auto* const* list = objects.list;
  const int i = 2;
  SONDA_SAME(p->numbers[0]);
  SONDA_SAME(p->numbers[i]);
  SONDA_SAME(p->next->numbers[TWO]);
  SONDA_SAME(p->far[i].small[1]);
  SONDA_SAME(p->far[1].deep.raw[i]);
  SONDA_SAME(p->row[1]->small[2]);
  SONDA_SAME(p->row[i - 1]->grid[1][1]);
  SONDA_SAME(list[1]->next == 0);
  SONDA_SAME(list[0]->next->numbers[3]);
  SONDA_SAME(p->far[i].grid[i - 1][i]);
  SONDA_SAME(p[0].many[1].grid[1][1]);
  SONDA_SAME((p->next)[0].many[i - 1].small[2]);
}

TEST_CASE("elements in loops and through variables") {
  SONDA_NEED_BPF();
  const Objects objects;
  const std::string sum =
      "({ u64 sum = 0; struct outer *other = p->next;\n"
      "#pragma unroll\n"
      "for (int k = 0; k < 8; k++) sum = sum * 3 + p->bytes[k] + other->bytes[k];\n sum; })";
  std::uint64_t expected = 0;
  for (int k = 0; k < 8; ++k) expected = expected * 3 + objects.first.bytes[k] + objects.second.bytes[k];
  CHECK(read(sum, objects, 0) == expected);
  CHECK(read("third(p)", objects, 0,
             "static u64 third(struct outer *some) { return some->words[2] + some->bytes[1]; }\n") ==
        objects.first.words[2] + objects.first.bytes[1]);
}

TEST_CASE("bit-fields behind a pointer are cut out of the bytes that hold them") {
  SONDA_NEED_BPF();
  const Objects objects;
  const auto* p = &objects.first;
  const auto* const* list = objects.list;
  const int i = 1;
  SONDA_SAME(p->three);
  SONDA_SAME(p->thirteen);
  SONDA_SAME(p->minus);
  SONDA_SAME(p->wide);
  SONDA_SAME(p->rest);
  SONDA_SAME(p->low);
  SONDA_SAME(p->high);
  SONDA_SAME(p->named.a);
  SONDA_SAME(p->named.b);
  SONDA_SAME(p->next->thirteen + p->next->minus);
  SONDA_SAME(list[i]->named.b * 2);
  SONDA_SAME(p[0].thirteen);
  SONDA_SAME(p->next[0].named.a + 1);
}

TEST_CASE("arrays of the kernel's structs") {
  SONDA_NEED_BPF();
  SONDA_NEED_BTF();
  constexpr const char* name = "qwertyuiop";
  std::array<char, 16> before{};
  ::prctl(PR_GET_NAME, before.data());
  ::prctl(PR_SET_NAME, name);
  rlimit files{}, core{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  ::getrlimit(RLIMIT_CORE, &core);
  auto probe = open_foreign(R"(
#include <linux/sched.h>
#include <linux/sched/signal.h>
BPF_ARRAY(results, u64, 8);
static void put(int at, u64 value) { results.update(&at, &value); }
int f(struct pt_regs *ctx, void *nothing, void *list, int i) {
  struct task_struct *task = (struct task_struct *)bpf_get_current_task();
  put(0, task->comm[1]);
  put(1, task->comm[i]);
  put(2, task->signal->rlim[7].rlim_cur);
  put(3, task->signal->rlim[RLIMIT_NOFILE].rlim_max);
  struct signal_struct *signal = task->signal;
  put(4, signal->rlim[RLIMIT_CORE].rlim_cur);
  put(5, task->group_leader->comm[0]);
  return 0;
}
)");
  probe.attach_uprobe("/proc/self/exe", "sonda_test_foreign", "f");
  sonda_test_foreign(nullptr, nullptr, 9);
  ::prctl(PR_SET_NAME, before.data());
  const auto result = [&](std::uint32_t at) { return probe.table("results").find<std::uint64_t>(at).value(); };
  CHECK(result(0) == 'w');
  CHECK(result(1) == 'p');
  CHECK(result(2) == files.rlim_cur);
  CHECK(result(3) == files.rlim_max);
  CHECK(result(4) == core.rlim_cur);
  CHECK(result(5) == 'q');
}

TEST_CASE("bit-fields of the kernel's structs") {
  SONDA_NEED_BPF();
  SONDA_NEED_BTF();
  auto probe = open_foreign(R"(
#include <linux/sched.h>
BPF_ARRAY(reset, u64, 1);
int f(struct pt_regs *ctx) {
  struct task_struct *task = (struct task_struct *)bpf_get_current_task();
  u64 value = task->sched_reset_on_fork;
  int zero = 0;
  reset.update(&zero, &value);
  return 0;
}
)");
  probe.attach_uprobe("/proc/self/exe", "sonda_test_foreign", "f");
  for (const int flag : {0, SCHED_RESET_ON_FORK, SCHED_RESET_ON_FORK, 0}) {
    const sched_param none{};
    REQUIRE(::sched_setscheduler(0, SCHED_OTHER | flag, &none) == 0);
    sonda_test_foreign(nullptr, nullptr, 0);
    CHECK(probe.table("reset").find<std::uint64_t>(std::uint32_t{0}).value() == (flag != 0 ? 1U : 0U));
  }
}

}  // namespace sonda::test
