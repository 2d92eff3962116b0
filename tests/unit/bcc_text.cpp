// What BCC's Python is told and tells in texts: values, places in scripts, the kinds of functions.
#include <catch2/catch.hpp>

#include <cstring>

#include "bcc/program_kind.h"
#include "bcc/script_lines.h"
#include "bcc/value_text.h"
#include "image_samples.h"
#include "sonda/error.h"

using namespace sonda;
using namespace sonda::bcc;

namespace {

struct Key {
  std::uint32_t pid = 0;
  char comm[16] = {};
  std::int32_t color = 0;
  std::uint8_t low = 0, unused[7] = {};
  std::int64_t n = 0;
  std::uint64_t p = 0;
};
static_assert(sizeof(Key) == 48);

std::vector<std::byte> bytes_of(const Key& key) {
  std::vector<std::byte> bytes(sizeof key);
  std::memcpy(bytes.data(), &key, sizeof key);
  return bytes;
}

}  // namespace

TEST_CASE("values are written as BCC writes them") {
  Key key{.pid = 4711, .comm = "a b", .color = -1, .low = 0xfd, .n = -2, .p = 0xffff888000000000};
  // Of the byte, the lowest three bits are a field; color is a 32 bit number.
  CHECK(value_text(test::sample_schema(), bytes_of(key)) ==
        R"({ 0x1267 "a b" 0xffffffff 0x5 { 0xfffffffffffffffe } 0xffff888000000000 })");
  const std::uint32_t number = 42;
  CHECK(value_text(plain_integer(4), std::as_bytes(std::span(&number, 1))) == "0x2a");
  CHECK(value_text({}, {}).empty());
}

TEST_CASE("what was written is read back, and so are other numbers") {
  const auto schema = test::sample_schema();
  const Key key{.pid = 7, .comm = "name", .color = 1, .low = 3, .n = 5, .p = 9};
  CHECK(parse_value_text(schema, value_text(schema, bytes_of(key))) == bytes_of(key));
  CHECK(parse_value_text(schema, R"(  {7 "name" 01 3 {  0x5}9 } )") == bytes_of(key));
  const Key negative{.pid = 0xffffffff, .comm = {}, .color = -1, .low = 7, .n = -5, .p = 0};
  CHECK(parse_value_text(schema, R"({ -1 "" -1 -1 { -5 } 0 })") == bytes_of(negative));
}

TEST_CASE("what is of another shape is no value") {
  const auto schema = test::sample_schema();
  for (const char* text : {"", "{", "7", "{ 7 }", R"({ 7 "name" 1 3 { 5 } 9)", R"({ 7 "name 1 3 { 5 } 9 })",
                           R"({ 7 "name" 1 3 { 5 } 9 } x)", R"({ x "name" 1 3 { 5 } 9 })",
                           R"({ 99999999999999999999999 "name" 1 3 { 5 } 9 })"})
    CHECK_FALSE(parse_value_text(schema, text));
  // A longer text than the array has room for is cut.
  const auto cut = parse_value_text(schema, R"({ 7 "0123456789abcdefXYZ" 1 3 { 5 } 9 })");
  REQUIRE(cut);
  CHECK(std::memcmp(cut->data() + 4, "0123456789abcdef", 16) == 0);
}

TEST_CASE("lines of a text are found in the script that put it together") {
  constexpr auto script =
      "import bcc\n"         // 1
      "text = '''\n"         // 2
      "int f(void *c) {\n"   // 3
      "  FILTER\n"           // 4
      "  return 0;\n"        // 5
      "}\n"                  // 6
      "'''\n"                // 7
      "more = '''\n"         // 8
      "int f(void *c) {\n"   // 9
      "  return g(NAME);\n"  // 10
      "}\n"                  // 11
      "'''\n";               // 12
  using Numbers = std::vector<std::uint32_t>;
  CHECK(lines_in_script("\nint f(void *c) {\n  FILTER\n  return 0;\n}\n", script) == Numbers{2, 3, 4, 5, 6});
  // One line became three: all of them are where it stands.
  CHECK(lines_in_script("int f(void *c) {\n  int a;\n\n  a = 1;\n  return 0;\n}\n", script) == Numbers{3, 4, 4, 4, 5, 6});
  // Of two places, the one where the following lines are, too.
  CHECK(lines_in_script("int f(void *c) {\n  return g(NAME);\n}\n", script) == Numbers{9, 10, 11});
  CHECK(lines_in_script("nothing of it\n", script) == Numbers{0});
  CHECK(lines_in_script("", script).empty());
}

TEST_CASE("messages name the lines of the script") {
  const std::vector<std::uint32_t> lines{0, 30, 31, 32};
  CHECK(with_script_lines("compile: t.py:3:5: no\n    3 | x = y;\n      |     ^\nt.py:1: see\nhint: at t.py:4", "t.py",
                          lines) ==
        "compile: t.py:31:5: no\n   31 | x = y;\n      |     ^\nt.py:1: see\nhint: at t.py:32\n");
  CHECK(with_script_lines("t.py: t.py:99 t.py:x", "t.py", lines) == "t.py: t.py:99 t.py:x\n");
}

TEST_CASE("functions say by their names what they are for") {
  const auto kind = program_kind(BPF_PROG_TYPE_TRACING, "kretfunc____x64_sys_openat", -1);
  CHECK(kind == ProgramKind(BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, "__x64_sys_openat"));
  CHECK(program_kind(BPF_PROG_TYPE_TRACING, "kfunc__vmlinux__vfs_read", -1) ==
        ProgramKind(BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, "vfs_read"));
  CHECK(program_kind(BPF_PROG_TYPE_TRACING, "kfunc__xfs__xfs_read", -1) ==
        ProgramKind(BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, "xfs_read", "xfs"));
  CHECK(program_kind(BPF_PROG_TYPE_LSM, "lsm__bpf", -1) == ProgramKind(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, "bpf"));
  CHECK(program_kind(BPF_PROG_TYPE_KPROBE, "kfunc__x", -1) == ProgramKind(BPF_PROG_TYPE_KPROBE));
  CHECK(program_kind(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, "f", BPF_CGROUP_INET4_CONNECT) ==
        ProgramKind(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT));
  CHECK_THROWS_AS(program_kind(BPF_PROG_TYPE_TRACING, "f", -1), Error);
}
