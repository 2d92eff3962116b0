// Images written by hand, for tests that need no compiler.
#pragma once

#include <bpf/btf.h>
#include <linux/bpf.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sonda/error.h"
#include "sonda/image.h"

namespace sonda::test {

inline bpf_insn insn(int code, int dst, int src, int offset, int immediate) {
  bpf_insn result{};
  result.code = static_cast<__u8>(code);
  result.dst_reg = static_cast<__u8>(dst & 15);
  result.src_reg = static_cast<__u8>(src & 15);
  result.off = static_cast<__s16>(offset);
  result.imm = immediate;
  return result;
}

inline bpf_insn set(int dst, int value) { return insn(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value); }
inline bpf_insn copy(int dst, int src) { return insn(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0); }
inline bpf_insn add(int dst, int value) { return insn(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, value); }
inline bpf_insn store(int dst, int offset, int value) { return insn(BPF_ST | BPF_MEM | BPF_W, dst, 0, offset, value); }
inline bpf_insn load(int dst, int src, int offset) { return insn(BPF_LDX | BPF_MEM | BPF_DW, dst, src, offset, 0); }
inline bpf_insn save(int dst, int src, int offset) { return insn(BPF_STX | BPF_MEM | BPF_DW, dst, src, offset, 0); }
inline bpf_insn if_zero(int dst, int skip) { return insn(BPF_JMP | BPF_JEQ | BPF_K, dst, 0, skip, 0); }
inline bpf_insn call(int helper) { return insn(BPF_JMP | BPF_CALL, 0, 0, 0, helper); }
inline bpf_insn leave() { return insn(BPF_JMP | BPF_EXIT, 0, 0, 0, 0); }

/// `return 0;`
inline ProgramSpec nothing(std::string name = "nothing") {
  ProgramSpec spec;
  spec.name = std::move(name);
  spec.instructions = {set(0, 0), leave()};
  return spec;
}

/// Adds 1 to entry 0 of map 0, whose values are u64. Line 5 is the one that dereferences; `checked`: only if it was
/// found.
inline ProgramSpec count(bool checked) {
  ProgramSpec spec;
  spec.name = "count";
  spec.instructions = {
      store(10, -4, 0),                             // 0
      copy(2, 10),                                  // 1
      add(2, -4),                                   // 2
      insn(BPF_LD | BPF_IMM | BPF_DW, 1, 0, 0, 0),  // 3
      insn(0, 0, 0, 0, 0),                          // 4
      call(BPF_FUNC_map_lookup_elem),               // 5
  };
  if (checked) spec.instructions.push_back(if_zero(0, 3));
  for (const auto& each : {load(1, 0, 0), add(1, 1), save(0, 1, 0), set(0, 0), leave()})
    spec.instructions.push_back(each);
  spec.maps = {{3, 0}};
  const std::uint32_t use = checked ? 7 : 6;
  spec.lines = {{0, 0, 0, 3, 3}, {3, 0, 0, 4, 16}, {use, 0, 0, 5, 6}, {use + 3, 0, 0, 6, 3}};
  return spec;
}

inline MapSpec map(std::string name, std::uint32_t type, std::uint32_t key, std::uint32_t value,
                   std::uint32_t entries) {
  MapSpec spec;
  spec.name = std::move(name);
  spec.type = type;
  spec.key_size = key;
  spec.value_size = value;
  spec.max_entries = entries;
  return spec;
}

inline Image image(std::vector<ProgramSpec> programs, std::vector<MapSpec> maps = {}) {
  Image result;
  result.key.probe = "count.c";
  result.key.source =
      "BPF_ARRAY(totals, u64, 1);\n"
      "int count(void *ctx) {\n"
      "  u32 key = 0;\n"
      "  u64 *total = totals.lookup(&key);\n"
      "  *total += 1;\n"
      "  return 0;\n"
      "}\n";
  result.license = "GPL";
  result.programs = std::move(programs);
  result.maps = std::move(maps);
  return result;
}

inline std::vector<MapSpec> totals() { return {map("totals", BPF_MAP_TYPE_ARRAY, 4, 8, 1)}; }
/// One whose entries may be missing; the verifier knows that an array's are not.
inline std::vector<MapSpec> uncertain_totals() { return {map("totals", BPF_MAP_TYPE_HASH, 4, 8, 1)}; }

/// Gives the image BTF: `u32`, `u64`, and for the first program its function type and its lines' texts.
inline void describe(Image& target) {
  const std::unique_ptr<btf, decltype(&btf__free)> types(btf__new_empty(), &btf__free);
  const int u32 = btf__add_int(types.get(), "u32", 4, 0);
  const int u64 = btf__add_int(types.get(), "u64", 8, 0);
  const int proto = btf__add_func_proto(types.get(), u32);
  btf__add_func_param(types.get(), "ctx", u64);
  auto& program = target.programs.at(0);
  program.btf_type =
      static_cast<std::uint32_t>(btf__add_func(types.get(), program.name.c_str(), BTF_FUNC_GLOBAL, proto));
  for (auto& line : program.lines) {
    line.file_offset = static_cast<std::uint32_t>(btf__add_str(types.get(), "count.c"));
    line.text_offset =
        static_cast<std::uint32_t>(btf__add_str(types.get(), ("text of line " + std::to_string(line.line)).c_str()));
  }
  for (auto& each : target.maps) {
    if (each.key_size != 4 || each.value_size != 8) continue;
    each.btf_key_type = static_cast<std::uint32_t>(u32);
    each.btf_value_type = static_cast<std::uint32_t>(u64);
  }
  std::uint32_t size = 0;
  const auto* data = static_cast<const std::byte*>(btf__raw_data(types.get(), &size));
  target.btf.assign(data, data + size);
}

/// Runs `action` in a process without any privilege; true if it threw an Error of Exit::cannot_run that names CAP_BPF.
inline bool refused_without_privilege(const std::function<void()>& action) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setresuid(65534, 65534, 65534) != 0) ::_exit(3);
    try {
      action();
    } catch (const Error& error) {
      ::_exit(error.exit() == Exit::cannot_run && error.cause().find("CAP_BPF") != std::string::npos ? 0 : 1);
    }
    ::_exit(2);
  }
  int status = -1;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace sonda::test
