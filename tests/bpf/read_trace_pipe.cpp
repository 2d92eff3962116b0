// The kernel's own trace_pipe, from a program's bpf_trace_printk to the parsed line.
#include <bpf/bpf.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <thread>

#include "sonda/error.h"
#include "sonda/trace_pipe.h"
#include "support/catch.h"
#include "support/skip.h"

using namespace sonda;

namespace {

bpf_insn op(int code, int to, int from, int offset, std::int32_t constant) {
  return {static_cast<std::uint8_t>(code), static_cast<std::uint8_t>(to & 15), static_cast<std::uint8_t>(from & 15),
          static_cast<std::int16_t>(offset), constant};
}

/// A program that prints "sonda: NUMBER" each time it is run.
UniqueFd load_printer(std::int32_t number) {
  std::array<char, 16> format{"sonda: %d\n"};
  std::vector<bpf_insn> code;
  for (int i = 0; i < 4; ++i) {
    std::int32_t word = 0;
    std::memcpy(&word, format.data() + 4 * i, sizeof word);
    code.push_back(op(BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, 4 * i - 16, word));
  }
  code.insert(
      code.end(),
      {op(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_10, 0, 0),
       op(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, -16), op(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, 11),
       op(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, number), op(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_trace_printk),
       op(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0), op(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)});
  return UniqueFd(bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "printer", "GPL", code.data(), code.size(), nullptr));
}

void run(const UniqueFd& program) {
  std::array<std::byte, 64> packet{};
  LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet.data(), .data_size_in = packet.size(), .repeat = 1);
  REQUIRE(bpf_prog_test_run_opts(program.get(), &options) == 0);
}

std::optional<TracePipe> open_trace_pipe() {
  try {
    return TracePipe();
  } catch (const Error& error) {
    CHECK(error.stage() == Stage::read);
    CHECK(error.exit() == Exit::cannot_run);
    return std::nullopt;
  }
}

/// Runs the program until an event of it comes that has the task's name; other readers may take some away, and the
/// kernel learns a name only when the task is next switched.
std::optional<TraceFields> event_of(const UniqueFd& program, TracePipe& trace, const std::string& task, int number) {
  for (int tries = 0; tries < 300; ++tries) {
    run(program);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    while (auto fields = trace.fields(0))
      if (fields->message == "sonda: " + std::to_string(number) && fields->task == task) return fields;
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("what a program prints arrives through trace_pipe", "[trace]") {
  SONDA_NEED_BPF();
  auto trace = open_trace_pipe();
  SONDA_NEED(trace, "tracefs");
  std::thread([&] {
    const std::string name = "a-1 [0] b: 2-3";
    REQUIRE(prctl(PR_SET_NAME, name.c_str()) == 0);
    const auto program = load_printer(::getpid());
    REQUIRE(program);
    const auto fields = event_of(program, *trace, name, ::getpid());
    REQUIRE(fields);
    CHECK(fields->pid == ::gettid());
    CHECK(fields->cpu >= 0);
    CHECK(fields->timestamp > 0);
    CHECK_FALSE(fields->flags.empty());
  }).join();
}
