// Passes places that are marked with sys/sdt.h, in number and order as it is told.
//
//   marks [--rounds N] [--library N] [--listened N] [--wait-for-newline]
//
// A round passes "numbers" once, "operands" once, and "copied" twice, in two copies of one function. After "ready",
// each newline on its input starts the rounds; it then prints "listeners=N", the most listeners that its library saw,
// and ends.
#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>

#include <algorithm>
#include <cstdint>

#include "target.h"

extern "C" {
long marks_in_library(long value);
__attribute__((section(".probes"))) unsigned short sonda_marks_listened_semaphore = 0;
__attribute__((section(".probes"))) unsigned short sonda_marks_numbers_semaphore = 0;
__attribute__((section(".probes"))) unsigned short sonda_marks_operands_semaphore = 0;
__attribute__((section(".probes"))) unsigned short sonda_marks_copied_semaphore = 0;
__attribute__((section(".probes"))) unsigned short sonda_marks_real_semaphore = 0;
// What is watched, and read at an address.
volatile long marks_watched = 0;
volatile int marks_global = -77;
long marks_table[8] = {100, 101, 102, 103, 104, 105, 106, 107};
}

namespace {

// Signed and unsigned, of all sizes.
[[gnu::noinline]] void numbers(long round) {
  const auto tiny = static_cast<std::int8_t>(-5);
  const auto byte = static_cast<std::uint8_t>(250);
  auto small = static_cast<std::int16_t>(-3000 - round);
  auto word = static_cast<std::uint16_t>(65000 + round);
  auto integer = static_cast<std::int32_t>(-70000 - round);
  auto natural = static_cast<std::uint32_t>(4'000'000'000U + round);
  auto large = static_cast<std::int64_t>(-5'000'000'000L - round);
  const char* text = "seven words";
  DTRACE_PROBE8(sonda_marks, numbers, tiny, byte, small, word, integer, natural, large, text);
}

// Operands that a compiler seldom writes, as the assembler takes them.
[[gnu::noinline]] void operands(long round) {
  long index = round % 8;
  const long* table = marks_table;
  long frame[4] = {round, round + 1, round + 2, round + 3};
  asm volatile(
      "990: nop\n"
      ".pushsection .note.stapsdt,\"\",\"note\"\n.balign 4\n.4byte 992f-991f, 994f-993f, 3\n"
      "991: .asciz \"stapsdt\"\n992: .balign 4\n"
      "993: .8byte 990b, 0, 0\n.asciz \"sonda_marks\"\n.asciz \"operands\"\n"
      ".asciz \"8@(%[table],%[index],8) -4@marks_global(%%rip) 1@%%ah 8@8(%[frame]) -8@$-9 4f@%%xmm0 "
      "8@8+marks_table(%%rip) -1@$0x80\"\n"
      "994: .balign 4\n.popsection\n"
      :
      : [table] "r"(table), [index] "r"(index), [frame] "r"(frame), "a"(0x4200L), "m"(frame), "m"(marks_global),
        "m"(marks_table));
}

[[gnu::always_inline]] inline void copied(long value, long twice) { DTRACE_PROBE2(sonda_marks, copied, value, twice); }
[[gnu::noinline]] void first_copy(long round) { copied(round, 2 * round); }
[[gnu::noinline]] void second_copy(long round) {
  volatile long kept = round + 1000;
  copied(kept, kept + kept);
}

[[gnu::noinline]] void listened() {
  const auto* listeners = const_cast<volatile unsigned short*>(&sonda_marks_listened_semaphore);
  if (*listeners != 0) DTRACE_PROBE(sonda_marks, listened);
}

}  // namespace

int main(int argc, char** argv) {
  const long rounds = target::option(argc, argv, "--rounds", 0);
  const long library = target::option(argc, argv, "--library", 0);
  const long listen = target::option(argc, argv, "--listened", 0);
  const long watched = target::option(argc, argv, "--watched", 0);
  if (watched != 0) {
    std::printf("watched=%p\n", const_cast<long*>(&marks_watched));
    std::fflush(stdout);
  }
  target::handshake(argc, argv);
  for (long round = 0; round < rounds; ++round) {
    numbers(round);
    operands(round);
    first_copy(round);
    second_copy(round);
  }
  for (long n = 0; n < listen; ++n) listened();
  for (long n = 0; n < watched; ++n) marks_watched = n;
  long listeners = 0;
  for (long n = 0; n < library; ++n) listeners = std::max(listeners, marks_in_library(n));
  std::printf("listeners=%ld\n", listeners);
  target::farewell(argc, argv);
}
