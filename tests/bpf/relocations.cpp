// What a probe has beside its functions and maps: constants, texts, variables, functions that were not inlined. The
// truth is what the same C does in this program.
#include <bpf/bpf.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "bpf/private_cache.h"
#include "kernel/kernel.h"
#include "sonda/sonda.h"
#include "support/catch.h"
#include "support/edited_text.h"
#include "support/error_of.h"
#include "support/skip.h"

extern "C" {
[[gnu::noinline]] int sonda_test_relocated(int number) {
  asm volatile("" : "+r"(number));
  return number;
}
}

namespace sonda::test {
namespace {

constexpr int calls = 6;

OpenOptions uncached() {
  OpenOptions options;
  options.compile.use_cache = false;
  return options;
}

Probe open_text(const std::string& text, const OpenOptions& options = uncached()) {
  return Probe::open(ProbeSource::from_text("relocated.c", "#include <uapi/linux/ptrace.h>\n" + text), options);
}

/// The probe after its function `f` ran for 0, 1, ... here.
Probe ran(const std::string& text, const OpenOptions& options = uncached()) {
  auto probe = open_text(text, options);
  probe.attach_uprobe("/proc/self/exe", "sonda_test_relocated", "f");
  for (int i = 0; i < calls; ++i) sonda_test_relocated(i);
  return probe;
}

/// What `expression`, given `i`, was for each of the calls; `before` stands in front of the function.
std::vector<std::uint64_t> values_of(const std::string& before, const std::string& statements) {
  const auto probe = ran("BPF_ARRAY(results, u64, 16);\n" + before +
                         "int f(struct pt_regs *ctx) {\n  u32 i = PT_REGS_PARM1(ctx);\n  u64 result = 0;\n" +
                         statements + "\n  results.update(&i, &result);\n  return 0;\n}\n");
  std::vector<std::uint64_t> values;
  for (std::uint32_t i = 0; i < calls; ++i) values.push_back(probe.table("results").find<std::uint64_t>(i).value());
  return values;
}

using Values = std::vector<std::uint64_t>;

/// A variable's value, by the name of its section.
Value variable(const Probe& probe, const char* section, std::string_view name) {
  const auto all = probe.table(section).snapshot();
  return all[0].value[name].value();
}

std::uint64_t number(const Probe& probe, const char* section, std::string_view name) {
  const auto all = probe.table(section).snapshot();
  return all[0].value[name].u64();
}

/// The error that names what the text cannot have.
Error refused(const std::string& text) {
  return error_of([&] { open_text(text); });
}

bool since(std::uint32_t major, std::uint32_t minor) { return kernel_version_code() >= (major << 16 | minor << 8); }

}  // namespace

TEST_CASE("constant tables of every element, by an index that only the kernel knows") {
  SONDA_NEED_BPF();
  CHECK(values_of("static const u8 table[8] = {3, 1, 4, 1, 5, 9, 2, 6};\n", "if (i < 8) result = table[i];") ==
        Values{3, 1, 4, 1, 5, 9});
  CHECK(values_of("const u64 table[] = {1ULL << 40, 2, 3, 4, 5, 6, 7};\n", "if (i < 7) result = table[i] + 1;") ==
        Values{(1ULL << 40) + 1, 3, 4, 5, 6, 7});
  CHECK(values_of("static const int table[3][2] = {{-1, 2}, {3, 4}, {5, 6}};\n",
                  "if (i < 6) result = (s64)((const int *)table)[i] + 10;") == Values{9, 12, 13, 14, 15, 16});
  CHECK(values_of("struct one { u8 small; u64 large; };\n"
                  "static const struct one table[] = {{1, 10}, {2, 20}, {3, 30}, {4, 40}, {5, 50}, {6, 60}};\n",
                  "if (i < 6) result = table[i].small + table[i].large;") == Values{11, 22, 33, 44, 55, 66});
  CHECK(values_of("static const u16 table[300] = {[0] = 7, [250] = 9, [299] = 11};\n",
                  "u32 at = i * 50; if (at < 300) result = table[at]; if (i == 3) result = table[299];") ==
        Values{7, 0, 0, 11, 0, 9});
}

TEST_CASE("a table that the compiler makes of a switch") {
  SONDA_NEED_BPF();
  CHECK(values_of("",
                  "switch (i) { case 0: result = 31; break; case 1: result = 41; break; case 2: result = 59; break;\n"
                  "case 3: result = 26; break; case 4: result = 53; break; default: result = 58; }") ==
        Values{31, 41, 59, 26, 53, 58});
  // Of texts it would be one of addresses.
  CHECK(values_of("",
                  "char text[8] = {}; const char *name;\n"
                  "switch (i) { case 0: name = \"nil\"; break; case 1: name = \"one\"; break; case 2: name = \"two\";\n"
                  "break; case 3: name = \"drei\"; break; case 4: name = \"vier\"; break; default: name = \"xyz\"; }\n"
                  "bpf_probe_read_kernel_str(text, sizeof(text), name); result = text[0];") ==
        Values{'n', 'o', 't', 'd', 'v', 'x'});
}

TEST_CASE("texts in the source arrive as they stand there") {
  SONDA_NEED_BPF();
  const auto probe = ran(R"(
struct text { char chosen[8], fixed[8], table[8]; };
BPF_HASH(texts, u32, struct text);
static const char names[][6] = {"zero", "one", "two", "three", "four", "five"};
int f(struct pt_regs *ctx) {
  u32 i = PT_REGS_PARM1(ctx);
  struct text text = {};
  const char *chosen = i & 1 ? "odd" : "even";
  bpf_probe_read_kernel_str(text.chosen, sizeof(text.chosen), chosen);
  bpf_probe_read_kernel_str(text.fixed, sizeof(text.fixed), "fixed");
  if (i < 6) bpf_probe_read_kernel_str(text.table, sizeof(text.table), names[i]);
  texts.update(&i, &text);
  return 0;
}
)");
  const std::array<std::string_view, calls> names{"zero", "one", "two", "three", "four", "five"};
  const auto texts = probe.table("texts").snapshot();
  REQUIRE(texts.size() == calls);
  for (const auto& entry : texts) {
    const auto i = entry.key.u64();
    CHECK(entry.value["chosen"].text() == (i % 2 == 1 ? "odd" : "even"));
    CHECK(entry.value["fixed"].text() == "fixed");
    CHECK(entry.value["table"].text() == names.at(i));
  }
}

TEST_CASE("variables have their first values, keep what programs write, and can be read by name and type") {
  SONDA_NEED_BPF();
  const auto probe = ran(R"(
struct pair { u32 count; s64 sum; };
static u64 from_forty = 40;
u32 from_zero;
static s16 below = -5;
static struct pair pairs[2];
static volatile u8 flag;
static char last[16] = "nothing";
int f(struct pt_regs *ctx) {
  static int inner = 100;
  u32 i = PT_REGS_PARM1(ctx);
  from_forty++;
  from_zero += i;
  below--;
  inner += 2;
  flag = 1;
  pairs[i & 1].count++;
  pairs[i & 1].sum -= i;
  if (i == 5) last[0] = 'N';
  return 0;
}
)");
  CHECK(number(probe, ".data", "from_forty") == 46);
  CHECK(number(probe, ".bss", "from_zero") == 15);
  CHECK(to_text(variable(probe, ".data", "below")) == "-11");
  CHECK(number(probe, ".data", "f.inner") == 112);
  CHECK(number(probe, ".bss", "flag") == 1);
  CHECK(to_text(variable(probe, ".bss", "pairs")) == "[{count=3, sum=-6}, {count=3, sum=-9}]");
  CHECK(to_text(variable(probe, ".data", "last")) == "Nothing");
}

TEST_CASE("a variable that nothing writes to is a constant to the compiler, as in BCC") {
  SONDA_NEED_BPF();
  CHECK(values_of("static int most = 3;\nstatic u64 (*now)(void) = (void *)5;\n",
                  "for (int k = 0; k < most; k++) result += k; if (now() == 0) result = 99;") ==
        Values{3, 3, 3, 3, 3, 3});
}

TEST_CASE("programs of one probe share its variables, and no program changes a constant") {
  SONDA_NEED_BPF();
  auto probe = open_text(R"(
static u64 both;
static const u64 table[4] = {1, 2, 3, 4};
int f(struct pt_regs *ctx) { both += table[PT_REGS_PARM1(ctx) & 3]; return 0; }
int g(struct pt_regs *ctx) { both += 100; return 0; }
)");
  probe.attach_uprobe("/proc/self/exe", "sonda_test_relocated", "f");
  probe.attach_uprobe("/proc/self/exe", "sonda_test_relocated", "g");
  for (int i = 0; i < 4; ++i) sonda_test_relocated(i);
  CHECK(number(probe, ".bss", "both") == 410);
  const auto& maps = probe.loaded().maps();
  const auto constants =
      std::ranges::find_if(maps, [](const auto& map) { return map->spec().holds == Holds::constants; });
  REQUIRE(constants != maps.end());
  const std::uint32_t only = 0;
  const std::vector<std::byte> other((*constants)->spec().value_size);
  CHECK(bpf_map_update_elem((*constants)->fd(), &only, other.data(), BPF_ANY) == -EPERM);
}

TEST_CASE("functions that are not inlined are called, also by each other, and use maps and variables") {
  SONDA_NEED_BPF();
  CHECK(values_of("__attribute__((noinline)) static u64 thrice(u64 x) { return x * 3; }\n", "result = thrice(i);") ==
        Values{0, 3, 6, 9, 12, 15});
  CHECK(values_of("static u64 seen;\nBPF_HASH(kept, u64, u64);\n"
                  "__attribute__((noinline)) static u64 third(u64 x) { u64 *old = kept.lookup(&x); seen++;\n"
                  "  return old ? *old : 1000; }\n"
                  "__attribute__((noinline)) static u64 second(u64 x) { return third(x) + third(x + 1); }\n",
                  "u64 key = i, value = i * 10; kept.update(&key, &value); result = second(i) + seen;") ==
        Values{1002, 1014, 1026, 1038, 1050, 1062});
}

TEST_CASE("functions are handed to helpers that call them") {
  SONDA_NEED_BPF();
  SONDA_NEED(since(5, 17), "bpf_loop (Linux 5.17)");
  CHECK(values_of("static long step(u32 at, void *sum) { *(u64 *)sum += at; return at == 3; }\n",
                  "bpf_loop(i + 1, step, &result, 0);") == Values{0, 1, 3, 6, 6, 6});
  CHECK(values_of("BPF_HASH(kept, u32, u64);\nstruct sum { u64 values, entries; };\n"
                  "static long add(struct bpf_map *map, u32 *key, u64 *value, struct sum *sum) {\n"
                  "  sum->values += *value; sum->entries++; return 0; }\n",
                  "u64 value = 10 + i; struct sum sum = {}; kept.update(&i, &value);\n"
                  "bpf_for_each_map_elem(&kept, add, &sum, 0); result = sum.values * 100 + sum.entries;") ==
        Values{1001, 2102, 3303, 4604, 6005, 7506});
}

TEST_CASE("what BPF cannot have is refused by name, on its line, with what to do instead") {
  SONDA_NEED_BPF();
  struct Refusal {
    const char* text;
    const char* place;
    const char* cause;
    const char* hint;
  };
  const auto refusal = GENERATE(values<Refusal>(
      {{"int f(struct pt_regs *ctx) {\n  char a[16] = {}, b[16] = \"target\";\n  bpf_get_current_comm(a, sizeof(a));\n"
        "  return __builtin_memcmp(a, b, sizeof(b)) == 0;\n}\n",
        "relocated.c:5", "memcmp(), which BPF does not have", "compare in a loop"},
       {"int f(struct pt_regs *ctx) {\n  char a[16] = {};\n  bpf_get_current_comm(a, sizeof(a));\n"
        "  return __builtin_strlen(a);\n}\n",
        "relocated.c:5", "strlen(), which BPF does not have", "bpf_probe_read_kernel_str"},
       {"extern int elsewhere;\nint f(struct pt_regs *ctx) {\n  return elsewhere;\n}\n", "relocated.c:4",
        "'elsewhere' is declared, and nothing defines it", "its own file"},
       {"extern int elsewhere(int);\nstatic int (*volatile called)(int) = elsewhere;\n"
        "int f(struct pt_regs *ctx) {\n  return called != 0;\n}\n",
        "relocated.c:5", "'called' holds addresses", "instead of one of pointers"},
       {"static const char *const names[] = {\"a\", \"bc\", \"def\", \"ghij\"};\nstruct text { char bytes[8]; "
        "};\nBPF_ARRAY(got, struct text, 1);\n"
        "int f(struct pt_regs *ctx) {\n  char *value; int zero = 0;\n  value = (char *)got.lookup(&zero);\n"
        "  if (value) bpf_probe_read_kernel_str(value, 8, names[PT_REGS_PARM1(ctx) & 3]);\n  return 0;\n}\n",
        "relocated.c:8", "holds addresses", "names[][16]"}}));
  INFO(refusal.text);
  const auto error = refused(refusal.text);
  INFO(error.what());
  CHECK(error.stage() == Stage::compile);
  CHECK_THAT(error.subject(), StartsWith(refusal.place));
  CHECK_THAT(error.cause(), Contains(refusal.cause));
  CHECK_THAT(error.hint(), Contains(refusal.hint));
}

TEST_CASE("a warm start has the constants, variables and functions of the cold one") {
  SONDA_NEED_BPF();
  const PrivateCache cache;
  const std::string text = R"(
static u64 calls = 40;
static const u32 table[] = {5, 4, 3, 2, 1, 0};
static u64 sum;
__attribute__((noinline)) static u64 thrice(u64 x) { return x * 3; }
int f(struct pt_regs *ctx) {
  u32 i = PT_REGS_PARM1(ctx);
  calls++;
  if (i < 6) sum += thrice(table[i]);
  return 0;
}
)";
  for (const bool is_warm : {false, true}) {
    INFO(is_warm);
    const auto probe = ran(text, {});
    CHECK(number(probe, ".data", "calls") == 46);
    CHECK(number(probe, ".bss", "sum") == 45);
  }
}

namespace {

const std::string edited_text = R"(#include <uapi/linux/ptrace.h>
static u64 calls = 40;
static u32 others;
static const u64 step = 1;
BPF_ARRAY(results, u64, 1);
// @attach uprobe:/proc/self/exe:sonda_test_relocated
int f(struct pt_regs *ctx) {
  const u64 *volatile by = &step;
  calls += step;
  others++;
  return 0;
}
)";

Probe open_edited() {
  auto options = uncached();
  options.live = true;
  auto probe = Probe::open(ProbeSource::from_text("relocated.c", edited_text), options);
  probe.attach();
  for (int i = 0; i < 3; ++i) sonda_test_relocated(i);
  REQUIRE(number(probe, ".data", "calls") == 43);
  return probe;
}

Reload reload(Probe& probe, const std::string& text) {
  return probe.reload(ProbeSource::from_text("relocated.c", text));
}

}  // namespace

TEST_CASE("live: a variable keeps its value, a constant has the edit's") {
  SONDA_NEED_BPF();
  auto probe = open_edited();
  const auto told = reload(probe, with(with(edited_text, "step = 1", "step = 100"), "calls = 40", "calls = 7"));
  CHECK(std::ranges::count(told.kept, ".data") == 1);
  CHECK(told.renewed.empty());
  sonda_test_relocated(0);
  CHECK(number(probe, ".data", "calls") == 143);
  CHECK(number(probe, ".bss", "others") == 4);
}

TEST_CASE("live: beside a new variable the others keep their values, and one of another type begins anew") {
  SONDA_NEED_BPF();
  auto probe = open_edited();
  auto text = with(edited_text, "static u64 calls = 40;", "static u16 before = 9;\nstatic u64 calls = 40;");
  text = with(with(text, "static u32 others;", "static u64 others;"), "others++;", "others++;\n  before++;");
  const auto told = reload(probe, text);
  REQUIRE(told.renewed.size() == 2);
  for (const auto& map : told.renewed) {
    INFO(map.map << ": " << map.reason);
    CHECK(map.is_variables);
    CHECK(map.copied == (map.map == ".data" ? 1U : 0U));
    CHECK(map.reason == (map.map == ".data" ? "variable before is new" : "variable others u32 -> u64"));
  }
  sonda_test_relocated(0);
  CHECK(number(probe, ".data", "calls") == 44);
  CHECK(number(probe, ".data", "before") == 10);
  CHECK(number(probe, ".bss", "others") == 1);
}

TEST_CASE("live: a variable that moves to another section takes its value along") {
  SONDA_NEED_BPF();
  auto probe = open_edited();
  reload(probe, with(edited_text, "static u32 others;", "static u32 others = 77;"));
  sonda_test_relocated(0);
  CHECK(number(probe, ".data", "others") == 4);
  CHECK(number(probe, ".data", "calls") == 44);
}

}  // namespace sonda::test
