// Values shown as what they stand for, and types that cannot be.
#include <linux/bpf.h>
#include <linux/magic.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>

#include "read/show.h"
#include "read/stacks.h"
#include "sonda/error.h"
#include "source/show_kinds.h"
#include "support/catch.h"
#include "support/scratch.h"
#include "support/skip.h"
#include "unit/schema_samples.h"

using namespace sonda;
using namespace sonda::test;
using sonda::test::Contains;

namespace {

Type named_integer(std::uint32_t size) {
  return {.kind = Kind::unsigned_integer, .name = "u" + std::to_string(8 * size), .size = size};
}
Type named_signed(std::uint32_t size) {
  return {.kind = Kind::signed_integer, .name = "s" + std::to_string(8 * size), .size = size};
}
Type named_array(std::uint32_t element, std::uint32_t count, std::uint32_t size) {
  return {.kind = Kind::array, .name = "array", .size = size, .element = element, .count = count};
}

ShowResources& resources() {
  static ShowResources all;
  return all;
}

template <class T>
std::string shown(Show as, const Schema& schema, const T& object) {
  const auto bytes = bytes_of(object);
  require_showable(as, schema, 0, "event.field");
  return show(as, RecordView(bytes, schema), {}, resources());
}

template <class T>
Value base(Show as, const Schema& schema, const T& object) {
  const auto bytes = bytes_of(object);
  return in_base_units(as, RecordView(bytes, schema).value(), resources());
}

std::string refusal(Show as, const Schema& schema) {
  try {
    require_showable(as, schema, 0, "events.field");
  } catch (const Error& error) {
    CHECK(error.stage() == Stage::read);
    CHECK(error.subject() == "events.field");
    return error.cause() + " | " + error.hint();
  }
  return "showable";
}

const Schema u8{{named_integer(1)}}, u16{{named_integer(2)}}, u32{{named_integer(4)}}, u64{{named_integer(8)}},
    s64{{named_signed(8)}}, s32{{named_signed(4)}}, real{{{.kind = Kind::floating, .name = "double", .size = 8}}},
    four_bytes{{named_array(1, 4, 4), named_integer(1)}}, sixteen_bytes{{named_array(1, 16, 16), named_integer(1)}},
    int128{{{.kind = Kind::bytes, .name = "unsigned __int128", .size = 16}}},
    in6{{{.kind = Kind::structure, .name = "struct in6_addr", .size = 16, .fields = {{.name = "in6_u", .type = 1}}},
         named_array(2, 16, 16),
         named_integer(1)}},
    sixteen_characters{{named_array(1, 16, 16), {.kind = Kind::character, .name = "char", .size = 1}}};

constexpr std::array<unsigned char, 4> loopback{127, 0, 0, 1};
constexpr std::array<unsigned char, 16> doc6{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

}  // namespace

TEST_CASE("addresses are shown from their bytes, whatever holds them", "[show]") {
  CHECK(shown(Show::ipv4, u32, loopback) == "127.0.0.1");
  CHECK(shown(Show::ipv4, four_bytes, loopback) == "127.0.0.1");
  for (const auto* schema : {&sixteen_bytes, &int128, &in6}) CHECK(shown(Show::ipv6, *schema, doc6) == "2001:db8::1");
  std::array<unsigned char, 16> mapped{};
  mapped[10] = mapped[11] = 0xff;
  std::memcpy(&mapped[12], loopback.data(), 4);
  CHECK(shown(Show::ipv6, int128, mapped) == "::ffff:127.0.0.1");
}

TEST_CASE("ports come in network order, also in a wider integer", "[show]") {
  constexpr std::array<unsigned char, 8> https{0x01, 0xbb};
  CHECK(shown(Show::port, u16, https) == "443");
  CHECK(shown(Show::port, u32, https) == "443");
  CHECK(shown(Show::port, Schema{{named_array(1, 2, 2), named_integer(1)}}, https) == "443");
}

TEST_CASE("durations have the unit that fits", "[show]") {
  CHECK(show_duration(0) == "0 ns");
  CHECK(show_duration(999) == "999 ns");
  CHECK(show_duration(1000) == "1.0 us");
  CHECK(show_duration(12'345) == "12.3 us");
  CHECK(show_duration(999'949) == "999.9 us");
  CHECK(show_duration(999'950) == "1.0 ms");
  CHECK(show_duration(1'500'000'000) == "1.5 s");
  CHECK(show_duration(3'600'000'000'000) == "3600.0 s");
  CHECK(shown(Show::duration, s64, std::int64_t{-12'345}) == "-12.3 us");
  CHECK(shown(Show::duration, u32, std::uint32_t{42}) == "42 ns");
}

TEST_CASE("sizes have the unit that fits", "[show]") {
  CHECK(show_bytes(0) == "0 B");
  CHECK(show_bytes(1023) == "1023 B");
  CHECK(show_bytes(1024) == "1.0 KiB");
  CHECK(show_bytes(1'258'291) == "1.2 MiB");
  CHECK(show_bytes(UINT64_MAX) == "16.0 EiB");
  CHECK(shown(Show::bytes, s64, std::int64_t{-14}) == "-14 B");
}

TEST_CASE("an amount is in the unit that the field has", "[show]") {
  CHECK(shown(Show::microseconds, u32, std::uint32_t{1500}) == "1.5 ms");
  CHECK(shown(Show::milliseconds, s64, std::int64_t{-2}) == "-2.0 ms");
  CHECK(shown(Show::seconds, u8, std::uint8_t{90}) == "90.0 s");
  CHECK(shown(Show::kibibytes, u64, std::uint64_t{3072}) == "3.0 MiB");
  CHECK(shown(Show::mebibytes, s32, std::int32_t{-1}) == "-1.0 MiB");
  CHECK(shown(Show::pages, u64, std::uint64_t{256}) == show_bytes(256UL * ::sysconf(_SC_PAGESIZE)));
  CHECK(base(Show::microseconds, u32, std::uint32_t{1500}) == Value(std::uint64_t{1'500'000}));
  CHECK(base(Show::seconds, s32, std::int32_t{-3}) == Value(std::int64_t{-3'000'000'000}));
  CHECK(base(Show::pages, u8, std::uint8_t{2}) == Value(2 * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))));
  // What is too much stays the most.
  CHECK(base(Show::seconds, u64, std::uint64_t{20'000'000'000}) == Value(UINT64_MAX));
  CHECK(base(Show::kibibytes, s64, INT64_MIN / 2) == Value(INT64_MIN));
  CHECK(base(Show::kibibytes, s64, INT64_MAX / 2) == Value(INT64_MAX));
  const Schema pair{{named_array(1, 2, 4), named_integer(2)}};
  CHECK(base(Show::milliseconds, pair, std::array<std::uint16_t, 2>{1, 2}) ==
        Value(List{Value(std::uint64_t{1'000'000}), Value(std::uint64_t{2'000'000})}));
}

TEST_CASE("numbers go by the names that the C library and the kernel give them", "[show]") {
  CHECK(shown(Show::syscall, u64, std::uint64_t{SYS_openat}) == "openat");
  CHECK(shown(Show::syscall, s64, std::int64_t{SYS_bpf}) == "bpf");
  CHECK(shown(Show::syscall, s64, std::int64_t{-1}) == "-1");
  CHECK(shown(Show::syscall, u32, std::uint32_t{1000}) == "1000");
  CHECK(shown(Show::error, s32, std::int32_t{EACCES}) == "EACCES");
  CHECK(shown(Show::error, s64, std::int64_t{-EACCES}) == "EACCES");
  CHECK(shown(Show::error, u32, static_cast<std::uint32_t>(-ENOENT)) == "ENOENT");
  CHECK(shown(Show::error, u64, static_cast<std::uint64_t>(-ENOENT)) == "ENOENT");
  for (const std::int64_t none : {0L, 500L, 1L << 40, INT64_MIN})
    CHECK(shown(Show::error, s64, none) == std::to_string(none));
  CHECK(shown(Show::signal, u8, std::uint8_t{SIGTERM}) == "SIGTERM");
  CHECK(shown(Show::signal, s32, std::int32_t{0}) == "0");
  CHECK(shown(Show::tcp_state, u8, std::uint8_t{TCP_ESTABLISHED}) == "ESTABLISHED");
  CHECK(shown(Show::tcp_state, s32, std::int32_t{TCP_LISTEN}) == "LISTEN");
  CHECK(shown(Show::tcp_state, u16, std::uint16_t{TCP_CLOSING}) == "CLOSING");
  CHECK(shown(Show::tcp_state, u32, std::uint32_t{BPF_TCP_NEW_SYN_RECV}) == "NEW_SYN_RECV");
  CHECK(shown(Show::tcp_state, u8, std::uint8_t{0}) == "0");
  CHECK(shown(Show::dev, u32, std::uint32_t{8 << 20 | 1}) == "8:1");
  CHECK(shown(Show::dev, u64, std::uint64_t{1} << 40) == "1099511627776");
  const Schema pair{{named_array(1, 2, 8), named_signed(4)}};
  CHECK(shown(Show::error, pair, std::array<std::int32_t, 2>{-EIO, 0}) == "[EIO, 0]");
  CHECK(base(Show::error, pair, std::array<std::int32_t, 2>{-EIO, 0}) ==
        Value(List{Value(std::string("EIO")), Value(std::int64_t{0})}));
}

TEST_CASE("soft interrupts are called as the kernel calls them", "[show]") {
  std::ifstream lines("/proc/softirqs");
  std::string line;
  std::getline(lines, line);
  for (std::uint8_t number = 0; std::getline(lines, line); ++number) {
    auto name = line.substr(0, line.find(':'));
    name.erase(0, name.find_first_not_of(' '));
    for (auto& letter : name) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    CHECK(shown(Show::softirq, u8, number) == name);
  }
  CHECK(shown(Show::softirq, u8, std::uint8_t{10}) == "10");
}

TEST_CASE("users are called as the user database has it", "[show]") {
  CHECK(shown(Show::user, u32, std::uint32_t{0}) == ::getpwuid(0)->pw_name);
  const auto* daemon = ::getpwnam("daemon");
  REQUIRE(daemon != nullptr);
  CHECK(shown(Show::user, u32, daemon->pw_uid) == "daemon");
  // With a group in its upper half, as bpf_get_current_uid_gid() returns it.
  CHECK(shown(Show::user, u64, std::uint64_t{daemon->pw_uid} | 7UL << 32) == "daemon");
  CHECK(shown(Show::user, u32, std::uint32_t{4'000'000'001}) == "4000000001");
}

TEST_CASE("a cgroup is its path", "[show]") {
  std::string root = "/sys/fs/cgroup";
  struct statfs fs{};
  const auto is_v2 = [&] { return ::statfs(root.c_str(), &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC; };
  if (!is_v2()) root += "/unified";
  SONDA_NEED(is_v2(), "cgroup v2 at /sys/fs/cgroup");
  SONDA_NEED(::geteuid() == 0, "CAP_DAC_READ_SEARCH");
  const auto id_of = [](const std::string& folder) {
    struct stat at{};
    return ::stat(folder.c_str(), &at) == 0 ? std::uint64_t{at.st_ino} : 0;
  };
  CHECK(shown(Show::cgroup, u64, id_of(root)) == "/");
  const auto name = "/sonda-show-" + std::to_string(::getpid());
  if (::mkdir((root + name).c_str(), 0755) == 0) {
    CHECK(shown(Show::cgroup, u64, id_of(root + name)) == name);
    ::rmdir((root + name).c_str());
  }
  CHECK(shown(Show::cgroup, u64, UINT64_MAX) == "18446744073709551615");
}

TEST_CASE("names are read back as the numbers that they are of", "[show]") {
  CHECK(number_named(Show::error, "EACCES") == EACCES);
  CHECK(number_named(Show::signal, "SIGKILL") == SIGKILL);
  CHECK(number_named(Show::syscall, "execve") == SYS_execve);
  CHECK(number_named(Show::tcp_state, "LISTEN") == TCP_LISTEN);
  CHECK(number_named(Show::user, ::getpwuid(0)->pw_name) == 0);
  for (const auto as : {Show::error, Show::signal, Show::syscall, Show::tcp_state, Show::user, Show::hex})
    for (const auto* none : {"", "0", "nothing"}) CHECK_FALSE(number_named(as, none));
}

TEST_CASE("hexadecimal is as wide as the type", "[show]") {
  CHECK(shown(Show::hex, u64, std::uint64_t{0xffffffff81000000}) == "0xffffffff81000000");
  CHECK(shown(Show::hex, s32, std::int32_t{-1}) == "0xffffffff");
  CHECK(shown(Show::hex, u8, std::uint8_t{0}) == "0x0");
  CHECK(shown(Show::hex, four_bytes, loopback) == "7f000001");
}

TEST_CASE("a time since boot is a time of day", "[show]") {
  const test::ScopedVariable zone("TZ", "UTC");
  ::tzset();
  CHECK(show_time(0, 0) == "00:00:00.000000");
  CHECK(show_time(5'000'001'999, (12 * 3600 + 34 * 60 + 51) * 1'000'000'000L) == "12:34:56.000001");
  CHECK(show_time(0, -1) == "23:59:59.999999");
  CHECK(show_time(0x7fffffffffffffff, 1'700'000'000'000'000'000) ==
        show_time(0x80000000'00000000, 1'699'999'999'999'999'999));
  CHECK(show_time(0x80000000'00000000, 0).size() == std::string_view("12:34:56.000001").size());
  // What the probe's clock says now is what the wall clock says now, to the second or the next.
  timespec boot{};
  ::clock_gettime(CLOCK_MONOTONIC, &boot);
  const auto before = std::time(nullptr);
  const auto text = show_time(boot.tv_sec * 1'000'000'000UL + boot.tv_nsec, resources().boot_time);
  const auto after = std::time(nullptr) + 1;
  bool found = false;
  for (auto at = before - 1; at <= after; ++at) {
    std::array<char, 16> clock{};
    std::strftime(clock.data(), clock.size(), "%H:%M:%S.", std::gmtime(&at));
    found = found || text.starts_with(clock.data());
  }
  CHECK(found);
}

TEST_CASE("a pid is shown by its process's name, one that is unknown by its number", "[show]") {
  const auto own = shown(Show::comm, u32, static_cast<std::uint32_t>(::getpid()));
  CHECK_FALSE(own.empty());
  CHECK(own.front() != '<');
  CHECK(shown(Show::comm, u64, std::uint64_t(::getpid()) << 32 | 1) == own);
  CHECK(shown(Show::comm, u32, std::uint32_t{0x7ffffff0}) == "<2147483632>");
  CHECK(shown(Show::comm, s32, std::int32_t{-1}) == "<-1>");
}

TEST_CASE("a process that is gone keeps the name that it was seen with", "[show]") {
  ProcessNames names;
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const auto child = ::fork();
  if (child == 0) {
    char ignored = 0;
    ::_exit(::read(pipe[0], &ignored, 1) == 1 ? 0 : 1);
  }
  const auto name = names.find(child);
  CHECK(name.front() != '<');
  REQUIRE(::write(pipe[1], "x", 1) == 1);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(names.find(child) == name);
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST_CASE("each element of an array is shown", "[show]") {
  const Schema ports{{named_array(1, 2, 4), named_integer(2)}};
  constexpr std::array<unsigned char, 4> two{0, 22, 0, 80};
  CHECK(shown(Show::port, ports, two) == "[22, 80]");
}

TEST_CASE("an address without a process, or outside the kernel's, stays an address", "[show]") {
  CHECK(shown(Show::usym, u64, std::uint64_t{0x1234}) == "0x1234");
  CHECK(shown(Show::ksym, u64, std::uint64_t{0x1234}) == "0x1234");
}

TEST_CASE("a type that does not fit is refused with field, type and kind", "[show]") {
  CHECK(refusal(Show::ipv6, u64) ==
        "a u64 cannot be shown as ipv6 | ipv6 is for 16 bytes in network order: u8[16], unsigned __int128, "
        "struct in6_addr");
  for (std::size_t i = 0; i < show_words().size(); ++i) {
    const auto as = static_cast<Show>(i);
    const auto word = show_words()[i];
    INFO(word);
    CHECK_THAT(refusal(as, real), Contains("a double cannot be shown as " + word + " | " + word + " is for "));
    CHECK(refusal(as, Schema{}) != "showable");
  }
  CHECK(refusal(Show::ipv4, u64) != "showable");
  CHECK(refusal(Show::port, u8) != "showable");
  CHECK(refusal(Show::time, u32) != "showable");
  CHECK(refusal(Show::ksym, u32) != "showable");
  CHECK(refusal(Show::comm, sixteen_characters) != "showable");
  CHECK(refusal(Show::duration, sixteen_characters) != "showable");
}

TEST_CASE("an option finds its field, also inside other structs", "[show]") {
  const Schema schema{
      {{.kind = Kind::structure,
        .name = "struct event",
        .size = 16,
        .fields = {{.name = "", .type = 1}, {.name = "to", .type = 2, .bit_offset = 64}}},
       {.kind = Kind::union_, .name = "", .size = 8, .fields = {{.name = "when", .type = 3}}},
       {.kind = Kind::structure, .name = "struct peer", .size = 4, .fields = {{.name = "addr", .type = 4}}},
       named_integer(8),
       named_integer(4)}};
  CHECK(require_showable({.field = "when", .as = Show::time}, schema, "events"));
  CHECK(require_showable({.field = "to.addr", .as = Show::ipv4}, schema, "events"));
  CHECK_FALSE(require_showable({.field = "nowhere", .as = Show::time}, schema, "events"));
  CHECK_FALSE(require_showable({.field = "to.nowhere", .as = Show::time}, schema, "events"));
  CHECK_THROWS_WITH(require_showable({.field = "to.addr", .as = Show::time}, schema, "events"),
                    Contains("events.to.addr") && Contains("u32") && Contains("time"));
}

TEST_CASE("the process beside an address is its tgid, then its pid", "[show]") {
  const auto record = [](std::string first, std::string second) {
    return Schema{
        {{.kind = Kind::structure,
          .name = "struct event",
          .size = 8,
          .fields = {{.name = std::move(first), .type = 1}, {.name = std::move(second), .type = 1, .bit_offset = 32}}},
         named_integer(4)}};
  };
  const auto bytes = bytes_of(std::array<std::uint32_t, 2>{7, 8});
  const auto beside = [&](const Schema& schema) { return pid_beside(RecordView(bytes, schema)); };
  CHECK(beside(record("pid", "tgid")) == 8);
  CHECK(beside(record("count", "pid")) == 8);
  CHECK_FALSE(beside(record("a", "b")));
  CHECK_FALSE(pid_beside(RecordView(bytes, u64)));
}

TEST_CASE("stack ids that are errors say which", "[show]") {
  CHECK(stack_error(-14) == "no stack");
  CHECK_THAT(stack_error(-17), Contains("lost"));
  CHECK_THAT(stack_error(-1), Contains("not permitted"));
  CHECK(stack_error(INT64_MIN) == "no stack: -9223372036854775808 is no id");
  for (const auto* schema : {&s32, &u32, &s64, &u64}) {
    const auto bytes = bytes_of(std::int64_t{-14});
    CHECK(stack_id(RecordView(std::span(bytes).first(schema->size()), *schema)) == -14);
  }
  CHECK(stack_id(RecordView(bytes_of(std::int64_t{0xfffffff2}), u64)) == -14);
  CHECK(is_kernel_address(0xffffffff81000000));
  CHECK_FALSE(is_kernel_address(0x7fffffffffff));
  Map none({.name = "counts", .type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 8}, {});
  CHECK_THROWS_WITH(require_stack_map(none), Contains("counts") && Contains("hash") && Contains("BPF_STACK_TRACE"));
  Map stacks({.name = "stacks", .type = BPF_MAP_TYPE_STACK_TRACE, .key_size = 4, .value_size = 1016, .max_entries = 8},
             {});
  CHECK_NOTHROW(require_stack_map(stacks));
  // Neither needs the kernel to be asked.
  for (const std::int64_t id : {-14L, 8L, 1L << 40}) CHECK_FALSE(read_stack(stacks, id).missing.empty());
  const std::uint32_t unsigned_fault = 0xfffffff2;
  const auto bytes = bytes_of(unsigned_fault);
  CHECK(show(Show::stack, RecordView(bytes, u32), {.stacks = &stacks}, resources()) == "[no stack]");
  CHECK(show(Show::stack, RecordView(bytes, u32), {}, resources()) == "[no map of stacks]");
}
