// An image's programs in the kernel, and what is said of those that are refused.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <array>

#include "bpf/hand_made.h"
#include "kernel/kernel.h"
#include "sonda/loaded_image.h"
#include "sonda/program.h"
#include "support/catch.h"
#include "support/patience.h"
#include "support/skip.h"

namespace {

using namespace sonda;
using sonda::test::Contains;

bpf_prog_info info_of(const Program& program) {
  bpf_prog_info info{};
  __u32 size = sizeof info;
  REQUIRE(bpf_obj_get_info_by_fd(program.fd(), &info, &size) == 0);
  return info;
}

void run(const Program& program) {
  std::array<char, 64> packet{};
  bpf_test_run_opts options{};
  options.sz = sizeof options;
  options.data_in = packet.data();
  options.data_size_in = packet.size();
  REQUIRE(bpf_prog_test_run_opts(program.fd(), &options) == 0);
}

Error error_of(Image image, const char* name = "count", bpf_prog_type type = BPF_PROG_TYPE_KPROBE) {
  LoadedImage loaded(std::move(image));
  try {
    loaded.program(name, type);
  } catch (const Error& error) {
    CHECK(loaded.programs().empty());
    return error;
  }
  FAIL("the program was loaded");
  throw 0;
}

}  // namespace

TEST_CASE("a program is loaded once for each type it is asked for") {
  SONDA_NEED_BPF();
  LoadedImage loaded(test::image({test::nothing("a_program_with_a_long_name")}));
  const auto& first = loaded.program("a_program_with_a_long_name", BPF_PROG_TYPE_KPROBE);
  const auto& same = loaded.program("a_program_with_a_long_name", BPF_PROG_TYPE_KPROBE);
  const auto& other = loaded.program("a_program_with_a_long_name", BPF_PROG_TYPE_PERF_EVENT);
  CHECK(&first == &same);
  CHECK(first.fd() != other.fd());
  CHECK(loaded.programs().size() == 2);
  CHECK(info_of(first).type == BPF_PROG_TYPE_KPROBE);
  CHECK(info_of(other).type == BPF_PROG_TYPE_PERF_EVENT);
  CHECK(std::string(info_of(first).name) == "a_program_with_");
}

TEST_CASE("a program works on the maps of its image") {
  SONDA_NEED_BPF();
  auto image = test::image({test::count(true)}, test::totals());
  SECTION("with type information") { test::describe(image); }
  SECTION("without") {}
  LoadedImage loaded(std::move(image));
  const auto& program = loaded.program("count", BPF_PROG_TYPE_SOCKET_FILTER);
  for (int i = 0; i < 3; ++i) run(program);
  const __u32 key = 0;
  std::uint64_t total = 0;
  REQUIRE(bpf_map_lookup_elem(loaded.map("totals").fd(), &key, &total) == 0);
  CHECK(total == 3);
}

TEST_CASE("function and line information reach the kernel") {
  SONDA_NEED_BPF();
  auto image = test::image({test::count(true)}, test::totals());
  test::describe(image);
  LoadedImage loaded(std::move(image));
  const auto info = info_of(loaded.program("count", BPF_PROG_TYPE_KPROBE));
  CHECK(info.nr_func_info == 1);
  CHECK(info.nr_line_info == 4);
}

TEST_CASE("information that the kernel refuses does not stop a good program") {
  SONDA_NEED_BPF();
  auto image = test::image({test::count(true)}, test::totals());
  test::describe(image);
  auto& spec = image.programs[0];
  SECTION("lines out of order") { std::swap(spec.lines[1], spec.lines[2]); }
  SECTION("no line for the first instruction") { spec.lines.erase(spec.lines.begin()); }
  SECTION("a line beyond the end") { spec.lines.push_back({4000, 0, 0, 1, 1}); }
  SECTION("a line in the middle of a wide load") { spec.lines[1].instruction = 4; }
  SECTION("a text that is not there") { spec.lines[2].text_offset = 1U << 20; }
  SECTION("a function type that is none") { spec.btf_type = 1; }
  LoadedImage loaded(std::move(image));
  CHECK(info_of(loaded.program("count", BPF_PROG_TYPE_KPROBE)).nr_line_info == 0);
}

TEST_CASE("a rejection is told on the user's line") {
  SONDA_NEED_BPF();
  auto image = test::image({test::count(false)}, test::uncertain_totals());
  SECTION("with type information") { test::describe(image); }
  SECTION("with lines that only the image knows") {}
  SECTION("with information that the kernel refuses") {
    test::describe(image);
    image.programs[0].btf_type = 1;
  }
  const auto error = error_of(std::move(image));
  CHECK(error.stage() == Stage::verify);
  CHECK(error.subject() == "count.c:5");
  CHECK_THAT(error.cause(), Contains("invalid mem access 'map_value_or_null'"));
  // An image alone has nothing to make a change in: what is told is what the verifier asks for.
  CHECK(error.hint() == "the result counts as NULL until the way to its use has asked whether it is");
  CHECK_FALSE(error.hint_tried());
  CHECK_THAT(error.excerpt(), Contains("    5 |   *total += 1;\n      |      ^\n"));
  CHECK_THAT(error.excerpt(), Contains("nothing"));
  CHECK_THAT(error.details(), Contains("call bpf_map_lookup_elem") && Contains("processed "));
  CHECK(error.exit() == Exit::failure);
  CHECK_THAT(error.what(), Contains("verify: count.c:5: ") && Contains("\nhint: "));
}

TEST_CASE("a rejection without any line names the function") {
  SONDA_NEED_BPF();
  auto image = test::image({test::count(false)}, test::uncertain_totals());
  image.programs[0].lines.clear();
  CHECK(error_of(std::move(image)).subject() == "count.c: function count");
}

TEST_CASE("a program that is too much for the verifier is explained, however long the log") {
  SONDA_NEED_BPF();
  // Before this version a log that does not fit loses its end, which tells the line.
  constexpr std::uint32_t keeps_the_end = (6U << 16) + (4U << 8);
  const bool has_line = kernel_version_code() >= keeps_the_end;
  SONDA_NEED(test::slowness() == 1 || !has_line, "a machine that is not emulated, for a log of a million lines");
  auto spec = test::nothing("count");
  using test::insn;
  // for (i = 0; i != 2 000 000; i++) r0 = i;
  spec.instructions = {test::set(1, 0),  test::add(1, 1),
                       test::copy(0, 1), insn(BPF_JMP | BPF_JNE | BPF_K, 1, 0, -3, 2'000'000),
                       test::set(0, 0),  test::leave()};
  spec.lines = {{0, 0, 0, 3, 1}, {1, 0, 0, 4, 1}};
  const auto error = error_of(test::image({spec}));
  CHECK(error.stage() == Stage::verify);
  CHECK_THAT(error.cause(), Contains("too large"));
  if (!has_line) {
    CHECK(error.subject() == "count.c: function count");
    return;
  }
  CHECK(error.subject() == "count.c:4");
  CHECK(error.details().size() > 1'000'000);
}

TEST_CASE("what the verifier never looks at is an error of loading") {
  SONDA_NEED_BPF();
  SECTION("a type of program that cannot be loaded like this") {
    const auto error = error_of(test::image({test::nothing("count")}), "count", BPF_PROG_TYPE_UNSPEC);
    CHECK(error.stage() == Stage::load);
    CHECK(error.subject() == "count");
  }
  SECTION("no instructions at all") {
    ProgramSpec spec;
    spec.name = "count";
    const auto error = error_of(test::image({spec}));
    CHECK(error.stage() == Stage::load);
    CHECK_THAT(error.cause(), Contains("0 instructions"));
  }
  SECTION("a reference to a map that the image does not have") {
    CHECK_THAT(error_of(test::image({test::count(true)})).cause(), Contains("reference to a map"));
  }
  SECTION("a reference that is no wide load") {
    auto spec = test::count(true);
    spec.maps[0].instruction = GENERATE(0U, 10U, 4'000'000'000U, 0xffffffffU);
    CHECK_THAT(error_of(test::image({spec}, test::totals())).cause(), Contains("reference to a map"));
  }
}

TEST_CASE("a function that is not there lists those that are") {
  SONDA_NEED_BPF();
  LoadedImage loaded(test::image({test::nothing("one"), test::nothing("two")}));
  CHECK_THROWS_WITH(loaded.program("three", BPF_PROG_TYPE_KPROBE),
                    Contains("three") && Contains("one") && Contains("two"));
}

TEST_CASE("another image gives its programs, but not its maps") {
  SONDA_NEED_BPF();
  const auto good = test::image({test::count(true)}, test::uncertain_totals());
  LoadedImage loaded(test::image({test::count(false)}, test::uncertain_totals()));
  CHECK_THROWS_AS(loaded.program("count", BPF_PROG_TYPE_KPROBE), Error);
  const int map = loaded.map("totals").fd();

  CHECK_FALSE(loaded.take_programs(loaded.image()));
  auto other_maps = good;
  other_maps.maps[0].max_entries = 2;
  CHECK_FALSE(loaded.take_programs(other_maps));
  CHECK_THROWS_AS(loaded.program("count", BPF_PROG_TYPE_KPROBE), Error);

  CHECK(loaded.take_programs(good));
  CHECK_NOTHROW(loaded.program("count", BPF_PROG_TYPE_KPROBE));
  CHECK(loaded.map("totals").fd() == map);
}

TEST_CASE("nothing is left in the kernel when the image goes") {
  SONDA_NEED_BPF();
  __u32 program_id = 0, map_id = 0;
  {
    LoadedImage loaded(test::image({test::count(true)}, test::totals()));
    program_id = info_of(loaded.program("count", BPF_PROG_TYPE_KPROBE)).id;
    bpf_map_info info{};
    __u32 size = sizeof info;
    REQUIRE(bpf_obj_get_info_by_fd(loaded.map("totals").fd(), &info, &size) == 0);
    map_id = info.id;
    const UniqueFd there(bpf_prog_get_fd_by_id(program_id));
    CHECK(there);
  }
  // The kernel frees maps a moment after the last descriptor is closed.
  bool gone = false;
  for (int tries = 0; tries < 500 && !gone; ++tries) {
    const UniqueFd program(bpf_prog_get_fd_by_id(program_id)), map(bpf_map_get_fd_by_id(map_id));
    gone = !program && !map;
    if (!gone) ::usleep(10'000);
  }
  CHECK(gone);
}
