// A program that submits events as fast as it can be run, written out instruction by instruction.
#pragma once

#include <bpf/bpf.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "real_map.h"
#include "sonda/table.h"

namespace sonda::test {

/// Each run submits one event to a ring or perf buffer: 8 bytes, the number of the run. Counts runs, and events that
/// the buffer refused.
class EventSource {
 public:
  explicit EventSource(const Map& buffer) : program_(load(buffer)) {}

  /// Runs the program `times` times on the calling thread's CPU, inside the kernel. Several threads may call it.
  void submit(std::uint32_t times) const {
    std::array<std::byte, 64> packet{};
    LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet.data(), .data_size_in = packet.size(),
                .repeat = static_cast<int>(times));
    if (const int status = bpf_prog_test_run_opts(program_.get(), &options); status != 0)
      throw std::runtime_error(std::string("running the program: ") + std::strerror(-status));
  }

  std::uint64_t submitted() const { return counter(0); }
  std::uint64_t refused() const { return counter(1); }

 private:
  static constexpr std::uint8_t r0 = 0, r1 = 1, r2 = 2, r3 = 3, r4 = 4, r5 = 5, context = 6, counts = 7, number = 8,
                                stack = 10;

  std::uint64_t counter(std::size_t which) const {
    const auto bytes = Table(counters_).find_bytes(object_bytes(std::uint32_t{0})).value();
    return from_bytes<std::array<std::uint64_t, 2>>(bytes)[which];
  }

  static bpf_insn op(int code, std::uint8_t to, std::uint8_t from, int offset, std::int32_t constant) {
    bpf_insn instruction{};
    instruction.code = static_cast<std::uint8_t>(code);
    instruction.dst_reg = to & 15;
    instruction.src_reg = from & 15;
    instruction.off = static_cast<std::int16_t>(offset);
    instruction.imm = constant;
    return instruction;
  }
  static bpf_insn move(std::uint8_t to, std::uint8_t from) { return op(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0); }
  static bpf_insn set(std::uint8_t to, std::int32_t value) { return op(BPF_ALU | BPF_MOV | BPF_K, to, 0, 0, value); }
  static bpf_insn add(std::uint8_t to, std::int32_t value) { return op(BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, value); }
  static bpf_insn call(std::int32_t helper) { return op(BPF_JMP | BPF_CALL, 0, 0, 0, helper); }
  static bpf_insn add_to_count(std::uint8_t amount, int offset) {
    return op(BPF_STX | BPF_ATOMIC | BPF_DW, counts, amount, offset, BPF_ADD | BPF_FETCH);
  }
  static void load_map(std::vector<bpf_insn>& code, std::uint8_t to, const Map& map) {
    code.push_back(op(BPF_LD | BPF_DW | BPF_IMM, to, BPF_PSEUDO_MAP_FD, 0, map.fd()));
    code.push_back({});
  }

  UniqueFd load(const Map& buffer) const {
    std::vector<bpf_insn> code{move(context, r1), op(BPF_ST | BPF_MEM | BPF_W, stack, 0, -4, 0), move(r2, stack),
                               add(r2, -4)};
    load_map(code, r1, counters_);
    code.insert(code.end(), {call(BPF_FUNC_map_lookup_elem), op(BPF_JMP | BPF_JNE | BPF_K, r0, 0, 1, 0),
                             op(BPF_JMP | BPF_EXIT, 0, 0, 0, 0), move(counts, r0), set(number, 1),
                             add_to_count(number, 0), op(BPF_STX | BPF_MEM | BPF_DW, stack, number, -16, 0)});
    if (buffer.spec().type == BPF_MAP_TYPE_RINGBUF) {
      load_map(code, r1, buffer);
      code.insert(code.end(), {move(r2, stack), add(r2, -16), set(r3, 8), set(r4, 0), call(BPF_FUNC_ringbuf_output)});
    } else {
      code.push_back(move(r1, context));
      load_map(code, r2, buffer);
      code.insert(code.end(), {set(r3, -1) /* BPF_F_CURRENT_CPU */, move(r4, stack), add(r4, -16), set(r5, 8),
                               call(BPF_FUNC_perf_event_output)});
    }
    code.insert(code.end(), {op(BPF_JMP | BPF_JEQ | BPF_K, r0, 0, 2, 0), set(number, 1), add_to_count(number, 8),
                             set(r0, 0), op(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)});
    UniqueFd program(bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "event_source", "GPL", code.data(), code.size(), nullptr));
    if (!program) throw std::runtime_error(std::string("loading the program: ") + std::strerror(errno));
    return program;
  }

  Map counters_ = make_map(BPF_MAP_TYPE_ARRAY, 4, 16, 1);
  UniqueFd program_;
};

}  // namespace sonda::test
