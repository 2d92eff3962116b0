// A probe of which the kernel takes one function, and refuses the other.
#pragma once

namespace sonda::test {

inline constexpr auto refused_probe =
    "BPF_HASH(counts, u32, u64);\n"
    "int good(struct pt_regs *ctx) { return 0; }\n"
    "int bad(struct pt_regs *ctx) {\n"
    "  u32 key = 1;\n"
    "  u64 *count = counts.lookup(&key);\n"
    "  *count += 1;\n"
    "  return 0;\n"
    "}\n";

}  // namespace sonda::test
