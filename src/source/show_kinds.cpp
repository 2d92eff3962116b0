#include "source/show_kinds.h"

#include <unistd.h>

#include <array>

namespace sonda {
namespace {

constexpr std::size_t kind_count = static_cast<std::size_t>(Show::cgroup) + 1;

constexpr ShowKind plain(std::string_view word, std::string_view takes, std::uint8_t width) {
  return {word, takes, width, "", "", 0, false};
}
constexpr ShowKind amount(std::string_view word, std::string_view takes, std::string_view unit, std::string_view label,
                          std::uint64_t factor) {
  return {word, takes, 10, unit, label, factor, false};
}
constexpr ShowKind named(std::string_view word, std::string_view takes, std::uint8_t width) {
  return {word, takes, width, "", "", 0, true};
}

// As in enum Show.
const std::array<ShowKind, kind_count>& kinds() noexcept {
  static const auto page = static_cast<std::uint64_t>(::getpagesize());
  static const std::array<ShowKind, kind_count> all{{
      plain("stack", "the int that bpf_get_stackid() returns", 40),
      plain("ksym", "an address in the kernel, u64 or a pointer", 32),
      plain("usym", "an address in a process, u64 or a pointer", 32),
      plain("ipv4", "4 bytes in network order: u32, u8[4], struct in_addr", 15),
      plain("ipv6", "16 bytes in network order: u8[16], unsigned __int128, struct in6_addr", 25),
      plain("port", "2 bytes in network order: u16", 6),
      {"time", "the u64 that bpf_ktime_get_ns() returns", 15, "ns", "nsecs", 0, false},
      amount("duration", "an integer, nanoseconds", "ns", "nsecs", 1),
      amount("duration(us)", "an integer, microseconds", "ns", "usecs", 1'000),
      amount("duration(ms)", "an integer, milliseconds", "ns", "msecs", 1'000'000),
      amount("duration(s)", "an integer, seconds", "ns", "secs", 1'000'000'000),
      amount("bytes", "an integer, a number of bytes", "bytes", "bytes", 1),
      amount("size(KiB)", "an integer, a number of KiB", "bytes", "KiB", 1UL << 10),
      amount("size(MiB)", "an integer, a number of MiB", "bytes", "MiB", 1UL << 20),
      amount("size(pages)", "an integer, a number of pages", "bytes", "pages", page),
      plain("hex", "an integer or an array of bytes", 18),
      named("comm", "a pid of 4 bytes or more", 16),
      named("syscall", "the number of a system call", 16),
      named("errno", "the number of an error, also below 0", 12),
      named("signal", "the number of a signal", 9),
      named("tcp_state", "the state of a TCP socket, an integer", 12),
      named("softirq", "the number of a soft interrupt", 8),
      named("user", "the id of a user, an integer", 10),
      named("dev", "the kernel's dev_t, an integer", 7),
      named("cgroup", "the u64 that bpf_get_current_cgroup_id() returns", 32),
  }};
  return all;
}

}  // namespace

const ShowKind& kind_of(Show as) noexcept { return kinds()[static_cast<std::size_t>(as)]; }

std::vector<std::string> show_words() {
  std::vector<std::string> words;
  for (const auto& kind : kinds()) words.emplace_back(kind.word);
  return words;
}

}  // namespace sonda
