// The verifier's logs: what Linux 6.18 wrote (tests/data/verifier, one real log for each), and older wordings.
#include <filesystem>
#include <set>
#include <string>

#include "support/catch.h"
#include "support/file_text.h"
#include "support/paths.h"
#include "verifier/log.h"

namespace {

struct Expected {
  const char* log;
  int instruction;
  std::uint32_t line;  // 0: the log shows none
  const char* reason;
  const char* rejection;
};

constexpr Expected table[] = {
    {"argument_not_context", 9, 2, "R1 type=fp expected=ctx", "argument"},
    {"argument_null", 13, 5,
     "R3 type=map_value_or_null expected=fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_",
     "null_argument"},
    {"argument_type", 3, 3,
     "R2 type=scalar expected=fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_", "argument"},
    {"atomic_pointer", 1, 2, "BPF_ATOMIC stores into R1 ctx is not allowed", "atomic_place"},
    {"context_bounds", 0, 3, "invalid bpf_context access off=4096 size=8", "context"},
    {"context_modified", 3, 4, "dereference of modified ctx ptr R1 off=8 disallowed", "context_moved"},
    {"context_variable", 5, 4, "variable ctx access var_off=(0x0; 0x7) disallowed", "context_variable"},
    {"context_write", 1, 3, "invalid bpf_context access off=176 size=8", "context"},
    {"division", 1, 0, "div by zero", "division"},
    {"endless_while", 2, 0, "infinite loop detected at insn 2", "endless"},
    {"fall_through", -1, 0, "last insn is not an exit or jmp", "no_exit"},
    {"frame_pointer", 0, 0, "frame pointer is read only", "frame_pointer"},
    {"gpl_only", 7, 5, "cannot call GPL-restricted function from non-GPL compatible program", "gpl_only"},
    {"helper_not_allowed", 3, 2, "program of this type cannot use helper bpf_skb_load_bytes#26", "helper_not_here"},
    {"helper_tracing", 4, 2, "program of this type cannot use helper bpf_probe_read#4", "helper_not_here"},
    {"infinite_loop", 1, 3, "infinite loop detected at insn 1", "endless"},
    {"jump_out", 1, 0, "jump out of range from insn 1 to 102", "jump"},
    {"key_too_small", 3, 0, "invalid read from stack R2 off=0 size=4", "stack_read"},
    {"leaks_address", 9, 6, "R6 leaks addr into map", "leak"},
    {"map_null_arith", 8, 6, "R1 pointer arithmetic on map_value_or_null prohibited, null-check it first",
     "null_arithmetic"},
    {"map_type_mismatch", 8, 4, "cannot pass map_type 1 into func bpf_perf_event_output#25", "map_type"},
    {"map_value_bounds", 13, 7,
     "invalid access to map value, value_size=72 off=128 size=8; R0 max value is outside of the allowed memory range",
     "map_value_max"},
    {"map_value_constant", 9, 6,
     "invalid access to map value, value_size=72 off=104 size=8; R0 min value is outside of the allowed memory range",
     "map_value"},
    {"map_value_or_null", 7, 5, "R0 invalid mem access 'map_value_or_null'", "unchecked_lookup"},
    {"mem_bounds", 7, 5,
     "invalid access to memory, mem_size=8 off=8 size=8; R0 min value is outside of the allowed memory range",
     "mem_bounds"},
    {"mem_or_null", 7, 5, "R6 invalid mem access 'ringbuf_mem_or_null'", "unchecked_reserve"},
    {"modified_ringbuf", 9, 5, "R1 must have zero offset when passed to release func or trusted arg to kfunc",
     "release_offset"},
    {"negative_index", 12, 7, "math between map_value pointer and register with unbounded min value is not allowed",
     "unbounded_math"},
    {"negative_size", 11, 6, "R2 min value is negative, either use unsigned or 'var &= const'", "negative"},
    {"no_return_value", 1, 0, "R0 !read_ok", "no_return"},
    {"packet_bounds", 1, 2,
     "invalid access to packet, off=0 size=1, R1(id=0,off=0,r=0); R1 offset is outside of the packet", "packet"},
    {"pointer_math", 10, 7, "R7 pointer += pointer prohibited", "pointer_sum"},
    {"pointer_shift", 1, 4, "R0 pointer arithmetic with <<= operator prohibited", "pointer_operator"},
    {"pointer_spill", 0, 0, "invalid size of register spill", "spill_size"},
    {"read_only_map", 9, 6, "write into map forbidden, value_size=8 off=0 size=8", "read_only_map"},
    {"register_not_set", 0, 3, "R7 !read_ok", "not_set"},
    {"return_pointer", 1, 0, "R0 leaks addr as return value", "leak"},
    {"return_range", 1, 2, "At program exit the register R0 has smin=7 smax=7 should have been in [0, 1]",
     "return_range"},
    {"ringbuf_variable_size", 5, 3, "R2 is not a known constant'", "not_constant"},
    {"scalar_access", 1, 4, "R1 invalid mem access 'scalar'", "plain_number"},
    {"stack_combined", -1, 0, "combined stack size of 2 calls is 640. Too large", "stack_combined"},
    {"stack_misaligned", 1, 3, "misaligned stack access off 0+0+-12 size 8", "stack_misaligned"},
    {"stack_not_set", 4, 0, "invalid read from stack R2 off=-8 size=4", "stack_read"},
    {"stack_out_of_range", 1, 3, "invalid write to stack R10 off=-520 size=8", "stack_write"},
    {"stack_read_direct", 0, 3, "invalid read from stack R10 off=-16 size=8", "stack_read"},
    {"stack_variable", 5, 2, "math between fp pointer and register with unbounded min value is not allowed",
     "stack_variable"},
    {"stack_write_past", 5, 2, "invalid write to stack R1 off=-8 size=100", "stack_write"},
    {"tail_call", 3, 2, "expected prog array map for tail call", "tail_call_map"},
    {"too_complex", 3, 0, "BPF program is too large. Processed 1000001 insn", "too_large"},
    {"unbounded_access", 11, 7, "math between map_value pointer and register with unbounded min value is not allowed",
     "unbounded_math"},
    {"unknown_func", 0, 3, "invalid func unknown#9999", "helper_unknown"},
    {"unreachable", 2, 0, "unreachable insn 2", "unreachable"},
    {"unreleased", 9, 7,
     "Unreleased reference id=2 alloc_insn=4; BPF_EXIT instruction in main prog would lead to reference leak",
     "unreleased"},
    {"use_after_submit", 11, 6, "R6 invalid mem access 'scalar'", "plain_number"},
    {"report_7_3", 7, 6, "R0 invalid mem access 'map_value_or_null'", "unchecked_lookup"},
    {"value_too_big", 12, 2,
     "invalid access to map value, value_size=72 off=0 size=100; R1 min value is outside of the allowed memory range",
     "map_value"},
    {"zero_size", 5, 5, "R2 min value is negative, either use unsigned or 'var &= const'", "negative"},
};

std::filesystem::path data() { return sonda::test::test_data("verifier"); }

std::string rejection_of(const std::string& message) {
  const auto* found = sonda::find_rejection(message);
  return found == nullptr ? "none" : std::string(found->name);
}

}  // namespace

TEST_CASE("every recorded log gives its message, instruction, line and explanation") {
  for (const auto& expected : table) {
    INFO(expected.log);
    const auto log = sonda::test::text_of(data() / (std::string(expected.log) + ".log"));
    REQUIRE_FALSE(log.empty());
    const auto report = sonda::parse_verifier_log(log);
    CHECK(report.instruction == expected.instruction);
    CHECK((report.line ? report.line->line : 0) == expected.line);
    CHECK(report.reason == expected.reason);
    CHECK(rejection_of(report.reason) == expected.rejection);
    CHECK_FALSE(report.explanation.empty());
  }
}

TEST_CASE("no recorded log is left out") {
  std::set<std::string> recorded, listed;
  for (const auto& entry : std::filesystem::directory_iterator(data())) recorded.insert(entry.path().stem().string());
  for (const auto& expected : table) listed.insert(expected.log);
  CHECK(recorded == listed);
}

TEST_CASE("the annotation's file and text are those of the refused instruction") {
  const auto report = sonda::parse_verifier_log(sonda::test::text_of(data() / "map_value_or_null.log"));
  REQUIRE(report.line);
  CHECK(report.line->file == "map_value_or_null.c");
  CHECK(report.line->text == "v->n += 1;");
}

TEST_CASE("a log cut anywhere is read without harm") {
  const auto log = sonda::test::text_of(data() / "map_value_bounds.log");
  for (std::size_t size = 0; size <= log.size(); ++size) {
    const auto report = sonda::parse_verifier_log(std::string_view(log).substr(0, size));
    CHECK(report.instruction <= 13);
  }
  CHECK(sonda::parse_verifier_log("").reason.empty());
  CHECK(sonda::parse_verifier_log("").instruction == -1);
}

TEST_CASE("what is not the program's message is not taken for it") {
  SECTION("a program that was fine") {
    CHECK(sonda::parse_verifier_log("processed 2 insns (limit 1000000) max_states_per_insn 0\n").reason.empty());
  }
  SECTION("text after the summary") {
    const auto report =
        sonda::parse_verifier_log("0: (95) exit\nR0 !read_ok\nprocessed 1 insns (limit 1)\nlibbpf: no\n");
    CHECK(report.reason == "R0 !read_ok");
  }
  SECTION("statistics before the summary") {
    const auto report =
        sonda::parse_verifier_log("0: (95) exit\nR0 !read_ok\nprocessed by hand\nprocessed 1 insns (limit 1)\n");
    CHECK(report.reason == "R0 !read_ok; processed by hand");
  }
  SECTION("an endless message") { CHECK(sonda::parse_verifier_log(std::string(100'000, 'x')).reason.size() <= 500); }
  SECTION("a number that fits no instruction") {
    const auto report = sonda::parse_verifier_log("99999999999: (95) exit\nunreachable insn 4294967295\n");
    CHECK(report.instruction == -1);
  }
}

TEST_CASE("logs in the style of Linux 5.10 are read: annotations without a line, states below instructions") {
  const auto report = sonda::parse_verifier_log(
      "; u32 key = bpf_get_current_pid_tgid();\n"
      "0: (85) call bpf_get_current_pid_tgid#14\n"
      "1: (63) *(u32 *)(r10 -4) = r0\n"
      "6: (85) call bpf_map_lookup_elem#1\n"
      "7: (15) if r0 == 0x0 goto pc+3\n"
      " R0_w=map_value(id=0,off=0,ks=4,vs=8,imm=0) R10=fp0 fp-8=mmmm????\n"
      "; v->next->n += 1;\n"
      "8: (79) r1 = *(u64 *)(r0 +0)\n"
      " R0_w=map_value(id=0,off=0,ks=4,vs=8,imm=0) R10=fp0 fp-8=mmmm????\n"
      "; \n"
      "9: (79) r2 = *(u64 *)(r1 +0)\n"
      "R1 invalid mem access 'inv'\n"
      "processed 9 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n");
  CHECK(report.instruction == 9);
  REQUIRE(report.line);
  CHECK(report.line->line == 0);
  CHECK(report.line->text == "v->next->n += 1;");
  CHECK(report.reason == "R1 invalid mem access 'inv'");
  CHECK(rejection_of(report.reason) == "plain_number_old");
}

TEST_CASE("older wordings are explained like the newer ones") {
  CHECK(rejection_of("invalid indirect read from stack R2 off -24+4 size 16") == "stack_unset");
  CHECK(rejection_of("invalid indirect read from stack off -92+0 size 80") == "stack_unset");
  CHECK(rejection_of("invalid indirect access to stack R1 off=-16 size=64") == "stack_write");
  CHECK(rejection_of("dereference of modified alloc_mem ptr R1 off=8 disallowed") == "release_offset");
  CHECK(rejection_of("invalid access to map value, value_size=256 off=0 size=0; R1 min value is outside of the "
                     "allowed memory range") == "zero_size");
  CHECK(rejection_of("R1 type=scalar expected=alloc_mem") == "released");
  CHECK(rejection_of("R1 type=scalar expected=fp, pkt, pkt_meta, map_key, map_value, mem, alloc_mem, buf") ==
        "argument");
  CHECK(rejection_of("kernel subsystem misconfigured verifier") == "tail_call_map");
  CHECK(rejection_of("invalid stack off=-520 size=8") == "stack_bounds");
  CHECK(rejection_of("unknown func bpf_ringbuf_output#130") == "helper_unknown_here");
  CHECK(rejection_of("R0 unbounded memory access, make sure to bounds check any array access into a map") ==
        "unbounded");
  CHECK(rejection_of("back-edge from insn 5 to 2") == "back_edge");
  CHECK(rejection_of("cannot call GPL only function from proprietary program") == "gpl_only");
  CHECK(rejection_of("R6 invalid mem access 'mem_or_null'") == "unchecked_reserve");
  CHECK(rejection_of("R1 invalid mem access 'alloc_mem_or_null'") == "unchecked_reserve");
  CHECK(rejection_of("R2 cannot write into rdonly_mem") == "read_only");
  CHECK(rejection_of("The sequence of 8193 jumps is too complex.") == "too_complex");
  CHECK(rejection_of("function calls to other bpf functions are allowed for CAP_BPF and CAP_SYS_ADMIN") == "privilege");
}

TEST_CASE("a wording that nobody knows is passed on without an explanation") {
  const auto report =
      sonda::parse_verifier_log("0: (95) exit\nthe moon is in the wrong house\nprocessed 1 insns (limit 1)\n");
  CHECK(report.reason == "the moon is in the wrong house");
  CHECK(report.explanation.empty());
  CHECK(report.hint.empty());
}

TEST_CASE("the catalogue is in order: wordings differ, everything is explained, no entry hides a later one") {
  std::set<std::string_view> names, patterns;
  for (const auto& entry : sonda::rejections()) {
    INFO(entry.name);
    names.insert(entry.name);  // which wordings of one kind share
    CHECK(patterns.insert(entry.pattern).second);
    CHECK_FALSE(entry.explanation.empty());
    CHECK(entry.explanation.back() != '.');
    CHECK(sonda::find_rejection(entry.pattern) == &entry);
  }
  CHECK(names.size() >= 50);
}

TEST_CASE("of a log that holds no steps the reason is still told") {
  const auto report = sonda::parse_verifier_log(
      "BPF program is too large. Processed 1000001 insn\nverification time 1234567 usec\nstack depth 0\n"
      "processed 1000001 insns (limit 1000000) max_states_per_insn 4 total_states 9999 peak_states 9999 mark_read 1\n");
  CHECK(report.reason == "BPF program is too large. Processed 1000001 insn");
  CHECK(report.instruction == -1);
}
