// A probe for the shell to work with, on calls that a test makes.
#pragma once

#include <string>

#include "support/paths.h"
#include "tool/run_support.h"

namespace sonda::test {

/// Counts calls of target_first in `counts`, and sends an event for each to `calls`; STEP is a parameter.
inline std::string counting_probe(const std::string& more = "") {
  return "// @param STEP 1 \"what a call counts\"\n"
         "enum state { IDLE, RUNNING };\n"
         "struct key { u32 pid; char comm[16]; };\n"
         "struct call { u32 pid; int number; char comm[16]; };\n"
         "BPF_HASH(by_process, struct key, u64);\n"
         "BPF_ARRAY(counts, u64, 4);\n"
         "BPF_PERCPU_ARRAY(on_cpu, u64, 1);\n"
         "BPF_HASH(states, u32, enum state);\n"
         "BPF_PERF_OUTPUT(calls);\n" +
         more + "// @attach " + first_of_calls() +
         "\nint on_call(struct pt_regs *ctx) {\n"
         "  int first = 0;\n"
         "  u64 *count = counts.lookup(&first);\n"
         "  if (count) __sync_fetch_and_add(count, STEP);\n"
         "  struct key key = {.pid = bpf_get_current_pid_tgid() >> 32};\n"
         "  bpf_get_current_comm(key.comm, sizeof(key.comm));\n"
         "  by_process.increment(key);\n"
         "  struct call call = {.pid = key.pid, .number = count ? *count : 0};\n"
         "  bpf_get_current_comm(call.comm, sizeof(call.comm));\n"
         "  calls.perf_submit(ctx, &call, sizeof(call));\n"
         "  return 0;\n"
         "}\n";
}

/// `sonda shell FILE -e COMMAND...`, with options before.
inline ToolEnd shell(const std::string& file, const std::vector<std::string>& commands,
                     std::vector<std::string> options = {}) {
  std::vector<std::string> words{"shell"};
  words.insert(words.end(), options.begin(), options.end());
  if (!file.empty()) words.push_back(file);
  for (const auto& command : commands) {
    words.emplace_back("-e");
    words.push_back(command);
  }
  return sonda_program(words);
}

/// The command that makes `count` calls.
inline std::string make_calls(int count) {
  return "run " + target("calls").string() + " --first " + std::to_string(count);
}

}  // namespace sonda::test
