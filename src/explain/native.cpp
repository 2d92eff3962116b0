#include "explain/native.h"

#include <linux/bpf.h>

#include <algorithm>
#include <utility>

#include "runtime/load_program.h"
#include "runtime/run_counts.h"

namespace sonda {
namespace {

/// What the kernel has room to answer.
struct Answer {
  bpf_prog_info info{};
  std::vector<std::byte> code;
  std::vector<bpf_line_info> lines;
  std::vector<__u64> line_addresses, functions;
  std::vector<__u32> function_sizes;

  /// As much as `info` says that there is.
  void make_room() {
    const auto counts = std::exchange(info, {});
    const auto room = [](auto& items, auto& count, auto& place, auto size) {
      items.resize(size);
      count = size;
      place = reinterpret_cast<__u64>(items.data());
    };
    room(code, info.jited_prog_len, info.jited_prog_insns, counts.jited_prog_len);
    room(lines, info.nr_line_info, info.line_info, counts.nr_line_info);
    room(line_addresses, info.nr_jited_line_info, info.jited_line_info, counts.nr_jited_line_info);
    room(functions, info.nr_jited_ksyms, info.jited_ksyms, counts.nr_jited_ksyms);
    room(function_sizes, info.nr_jited_func_lens, info.jited_func_lens, counts.nr_jited_func_lens);
    info.line_info_rec_size = sizeof(bpf_line_info);
    info.jited_line_info_rec_size = sizeof(__u64);
  }
};

std::string why_hidden(const bpf_prog_info& info) {
  if (info.jited_prog_len == 0) return "the kernel did not compile it: its JIT is off (sysctl net.core.bpf_jit_enable)";
  if (info.jited_prog_insns == 0)
    return "the kernel hides its addresses from this user (sysctl kernel.kptr_restrict, kernel.perf_event_paranoid)";
  return {};
}

std::vector<NativeCode::Function> functions_of(const Answer& answer) {
  std::vector<NativeCode::Function> functions;
  std::size_t offset = 0;
  for (std::size_t i = 0; i < std::min(answer.functions.size(), answer.function_sizes.size()); ++i) {
    const auto size = std::min<std::size_t>(answer.function_sizes[i], answer.code.size() - offset);
    functions.push_back({answer.functions[i], offset, size});
    offset += size;
  }
  return functions;
}

void find_starts(NativeCode& code, const Answer& answer) {
  const auto count = std::min<std::size_t>(answer.info.nr_line_info, answer.lines.size());
  const bool placed = code.missing.empty() && answer.info.jited_line_info != 0 &&
                      answer.info.nr_jited_line_info == count && answer.line_addresses.size() == count;
  for (std::size_t i = 0; i < count; ++i) {
    const auto instruction = tagged_instruction(answer.lines[i]);
    if (!instruction) continue;
    code.kept.push_back(*instruction);
    const auto next = i + 1 < count ? std::size_t{answer.lines[i + 1].insn_off} : code.translated;
    if (const auto offset = placed ? offset_in(code, answer.line_addresses[i]) : std::nullopt)
      code.starts.push_back({*instruction, static_cast<std::uint32_t>(*offset),
                             next > answer.lines[i].insn_off ? next - answer.lines[i].insn_off : 0});
  }
  std::ranges::stable_sort(code.starts, {}, &NativeCode::Start::offset);
  if (!placed && code.missing.empty())
    code.missing = "this kernel does not tell which native code belongs to which instruction";
}

}  // namespace

std::optional<std::size_t> offset_in(const NativeCode& code, std::uint64_t address) {
  for (const auto& function : code.functions)
    if (address >= function.address && address < function.address + function.size)
      return function.offset + (address - function.address);
  return std::nullopt;
}

NativeCode native_code(int fd, bool tagged, const std::string& name) {
  Answer answer;
  read_program_info(fd, name, answer.info);
  NativeCode code;
  code.size = answer.info.jited_prog_len;
  code.translated = answer.info.xlated_prog_len / sizeof(bpf_insn);
  code.verified = answer.info.verified_insns;
  answer.make_room();
  read_program_info(fd, name, answer.info);
  code.missing = why_hidden(answer.info);
  if (code.missing.empty()) {
    code.functions = functions_of(answer);
    code.bytes = std::move(answer.code);
  }
  if (tagged)
    find_starts(code, answer);
  else if (code.missing.empty())
    code.missing = "the kernel did not take the records that tell which code is whose";
  return code;
}

}  // namespace sonda
