// Data: wordings of Linux 5.10 to 6.18 and what they mean to somebody who writes a probe.
#include "verifier/log.h"

#include <algorithm>
#include <array>

namespace sonda {
namespace {

constexpr auto catalogue = std::to_array<Rejection>({
    // Pointers that may be NULL
    {"unchecked_lookup", "invalid mem access 'map_value_or_null'",
     "the lookup may have found nothing, and its result is used without asking",
     "the result counts as NULL until the way to its use has asked whether it is"},
    {"unchecked_reserve", "invalid mem access '*mem_or_null'",
     "the ring buffer may have had no room, and the result of reserve is used without asking",
     "the record counts as NULL until the way to its use has asked whether it is"},
    {"unchecked_pointer", "invalid mem access '*_or_null'", "the pointer may be NULL and is used without asking",
     "the pointer counts as NULL until the way to its use has asked whether it is"},
    {"null_arithmetic", "pointer arithmetic on*_or_null prohibited",
     "the pointer may be NULL, and is added to before it is checked",
     "the address of a field is an addition, too: what asks for NULL has to come before it"},
    {"null_argument",
     "type=*_or_null expected=", "a pointer that may be NULL is passed to a helper that needs a valid one",
     "the pointer counts as NULL until the way to its use has asked whether it is"},

    {"released", "type=scalar expected=ringbuf_mem", "the record was given back already",
     "a record ends with the first submit or discard"},
    {"released", "type=inv expected=alloc_mem", "the record was given back already",
     "a record ends with the first submit or discard"},
    {"released", "type=scalar expected=alloc_mem", "the record was given back already",
     "a record ends with the first submit or discard"},

    // Memory that a program may not read directly
    {"plain_number", "invalid mem access 'scalar'",
     "the address is just a number to the verifier: memory of the kernel or of a process, or a ring buffer record "
     "already given back",
     "such memory is only read through bpf_probe_read_kernel() or bpf_probe_read_user(), into a copy; a record is gone "
     "after submit or discard"},
    {"plain_number_old", "invalid mem access 'inv'",
     "the address is just a number to the verifier: memory of the kernel or of a process",
     "such memory is only read through bpf_probe_read_kernel() or bpf_probe_read_user(), into a copy"},
    {"other_memory", "invalid mem access '", "this kind of pointer cannot be read or written directly",
     "the verifier lets a program read its stack, values of maps, records, the context, and packets up to their end"},
    {"read_only_map", "write into map forbidden", "the map is read-only for programs (BPF_F_RDONLY_PROG)",
     "only user space can write to it, as long as it is created with that flag"},
    {"read_only", "cannot write into*rdonly", "this memory is read-only for programs",
     "what a program may change is a copy of it on the stack"},
    {"read_only_memory", "cannot write into", "this memory cannot be written by a program",
     "what a program may change is a copy of it on the stack"},
    {"atomic_place", "BPF_ATOMIC stores into", "an atomic operation is only possible on map values and the stack",
     "the value has to be in a map, or on the stack"},

    // Bounds
    {"zero_size", "invalid access to map value*size=0;", "a size may be 0, and this helper needs at least 1",
     "the verifier has to see that the size is at least 1 on every way to the call"},
    {"map_value_max", "invalid access to map value*max value is outside",
     "with its largest possible value the index or size reaches beyond the end of the map's value",
     "the bound that the verifier knows of the index is larger than the value has room for"},
    {"map_value", "invalid access to map value", "the access lies outside of the map's value (value_size is its size)",
     "offset and size together have to stay within the value on every way to here"},
    {"mem_bounds", "invalid access to memory",
     "the access lies outside of the memory that was reserved (mem_size is its size)",
     "what is written has to fit what was reserved"},
    {"packet", "invalid access to packet", "the packet may be shorter than what is read",
     "the verifier has to see a comparison with data_end that covers these bytes, of the very pointer that is read"},
    {"out_of_range", "pointer be out of bounds",
     "an address is computed with a number that may be far below 0 or far too large",
     "the verifier has to know a smallest and a largest value of the index, in the very register that is added"},
    {"stack_variable", "variable-offset", "an array on the stack is indexed by a number that may be anything",
     "the verifier has to know a smallest and a largest value of the index, and a constant one in older kernels"},
    {"stack_variable", "math between fp pointer", "an array on the stack is indexed by a number that may be anything",
     "the verifier has to know a smallest and a largest value of the index, and a constant one in older kernels"},
    {"unbounded_math", "math between*is not allowed", "an address is computed with a number that may be anything",
     "the verifier has to know a smallest and a largest value of the index, in the very register that is added"},
    {"unbounded", "unbounded memory access", "an index or size has no upper bound that the verifier could see",
     "the comparison has to be of the very register that is used: of a narrow variable the compiler may compare one "
     "copy "
     "and use another"},
    {"negative", "min value is negative", "a size or index may be negative, or huge if unsigned",
     "the verifier has to see that it is not below 0, in 64 bits: an unsigned value with an upper bound is not"},
    {"zero_size", "invalid zero-sized read", "a size may be 0, and this helper needs at least 1",
     "the verifier has to see that the size is at least 1 on every way to the call"},
    {"not_constant", "is not a known constant", "this argument must be a constant, such as sizeof(struct event)",
     "records are reserved in a size that is known when the probe is compiled; bpf_ringbuf_output() and perf_submit() "
     "take others"},

    // The stack
    {"stack_unset", "invalid indirect read from stack", "part of the stack memory passed to a helper was never written",
     "every byte has to be written before, padding between fields too"},
    {"stack_read", "invalid read from stack",
     "the stack memory read there was never written, or lies outside of the variable",
     "every byte that is read has to be written before, and to be within the variable"},
    {"stack_write", "invalid write to stack", "the write lies outside of the variable or of the 512 bytes of stack",
     "the size has to be within the variable; what is larger than the stack belongs in a per-CPU array"},
    {"stack_write", "invalid indirect access to stack",
     "more is read or written than the variable, or the 512 bytes of stack, has",
     "the size has to be within the variable; what is larger than the stack belongs in a per-CPU array"},
    {"stack_bounds", "invalid stack", "the access lies outside of the 512 bytes of stack",
     "what is larger than the stack belongs in a per-CPU array"},
    {"stack_misaligned", "misaligned stack access", "a value on the stack is not at a multiple of its size",
     "packed structs and casts put values at such places"},
    {"misaligned", "misaligned*access", "a value is not at a multiple of its size",
     "packed structs and casts put values at such places"},
    {"stack_combined", "combined stack size of",
     "the functions that call each other need more than 512 bytes of stack together",
     "large structs belong in a per-CPU array or in a ring buffer"},
    {"stack_total", "looks like the BPF program stack is too large", "the program needs more than 512 bytes of stack",
     "large structs belong in a per-CPU array or in a ring buffer"},
    {"spill_size", "invalid size of register spill", "only whole 8-byte pointers can be kept on the stack",
     "a variable that holds a pointer has 8 bytes"},

    // Registers
    {"no_return", "R0 !read_ok", "the function ends without a return value on some path",
     "every way through the function has to set the value that it returns"},
    {"not_set", "!read_ok", "a value is used that no path to here has set; a helper call also forgets its arguments",
     "every way to here has to have set it"},
    {"return_range", "At program exit the register R0 has", "this type of program may only return certain values",
     "the message lists them"},
    {"frame_pointer", "frame pointer is read only", "register 10 holds the stack and cannot be changed", ""},
    {"division", "div by zero", "a division by the constant 0", "a parameter or a macro is 0 there"},

    // Pointer arithmetic and leaks
    {"pointer_sum", "pointer += pointer prohibited", "two pointers are added", "one of the two has to be a number"},
    {"pointer_join", "pointer |= pointer prohibited",
     "two pointers are asked about in one condition, and the compiler joins them into one number",
     "each pointer has to be asked about by itself"},
    {"end_arithmetic", "pointer arithmetic on pkt_end", "data_end is a place to compare with, and cannot be moved",
     "it is the packet's own pointer that is moved, and then compared with data_end"},
    {"pointer_mask", "bitwise operator * on pointer", "a pointer is masked as if it were a number",
     "only numbers can be masked; what bpf_probe_read_kernel() reads is one"},
    {"pointer_operator", "pointer arithmetic with * operator prohibited",
     "a pointer can only be added to and subtracted from",
     "only numbers can be calculated with so; what bpf_probe_read_kernel() reads is one"},
    {"leak", "leaks addr", "a kernel address would become visible without CAP_PERFMON",
     "run as root or with CAP_PERFMON, or store something else"},

    // The context
    {"context", "invalid bpf_context access",
     "this field is not part of what this type of program is given, or cannot be written",
     "compare with the context of the attach point: struct pt_regs *, struct bpf_perf_event_data *, the tracepoint's "
     "own struct"},
    {"release_offset", "dereference of modified*mem ptr",
     "a ring buffer record is given back by a pointer into its middle",
     "submit and discard take the pointer that reserve returned"},
    {"context_moved", "dereference of modified ctx ptr", "the context pointer was changed before it was read through",
     "fields of the context are read at constant offsets from ctx as it came"},
    {"context_variable", "variable ctx access", "the context is read at an offset that is not constant",
     "fields of the context are read by their names"},

    // Loops, size and shape
    {"endless", "infinite loop detected", "a loop never changes anything that would end it",
     "the verifier has to see a value change with each turn until the loop ends"},
    {"back_edge", "back-edge from insn", "this kernel or user may not run loops",
     "such a loop has to be unrolled by the compiler, which takes a constant bound"},
    {"too_large", "BPF program is too large", "the verifier gave up: too many paths through the program",
     "it walks every turn of a loop, and every branch in it"},
    {"too_complex", "is too complex", "the verifier gave up: too many branches at once",
     "it walks every turn of a loop, and every branch in it"},
    {"unreachable", "unreachable insn", "some code can never run, often behind a loop without an end",
     "the verifier takes no code that nothing leads to"},
    {"jump", "jump out of range", "a jump leads out of the function",
     "every function that is called has to be in the file"},
    {"no_exit", "last insn is not an exit or jmp", "the function does not end with a return",
     "the compiler removes what it takes for unreachable, as the end after __builtin_unreachable()"},

    // Helpers
    {"gpl_only", "cannot call GPL", "this helper serves only programs under a license compatible with the GPL",
     "BPF_LICENSE says which license the probe has; without it, it is GPL"},
    {"no_callbacks", "unrecognized bpf_ld_imm64 insn", "this kernel does not let programs hand functions to helpers",
     "it takes Linux 5.13, and bpf_loop() 5.17: loop in the program itself"},
    {"override_return", "helper bpf_override_return", "this kernel does not let programs decide what functions return",
     "it needs CONFIG_BPF_KPROBE_OVERRIDE, and a kprobe; fmod_ret:FUNCTION does the same for functions that allow it"},
    {"override_return", "unknown func bpf_override_return",
     "this kernel does not let programs decide what functions return",
     "it needs CONFIG_BPF_KPROBE_OVERRIDE, and a kprobe; fmod_ret:FUNCTION does the same for functions that allow it"},
    {"helper_not_here", "program of this type cannot use helper",
     "this helper is not available to programs at this attach point, or only with CAP_PERFMON, or lockdown forbids it",
     "use another helper or attach point; a tracing probe reads memory with bpf_probe_read_kernel() and "
     "bpf_probe_read_user()"},
    {"helper_unknown_here", "unknown func",
     "this kernel has no such helper, or does not give it to programs at this attach point",
     "use another helper or attach point; the kernel may also be too old"},
    {"helper_unknown", "invalid func unknown", "this kernel has no such helper",
     "the kernel may be too old for it; use another helper"},
    {"map_type", "cannot pass map_type", "this operation is not possible with this type of map",
     "look at the map's declaration: the type and the function used on it must fit"},
    {"tail_call_map", "expected prog array map for tail call", "a tail call needs a BPF_PROG_ARRAY map",
     "the map is declared with BPF_PROG_ARRAY"},
    {"tail_call_map", "kernel subsystem misconfigured verifier", "a tail call needs a BPF_PROG_ARRAY map",
     "the map is declared with BPF_PROG_ARRAY"},
    {"argument", "type=*expected=", "an argument of a helper is of the wrong kind",
     "helpers take addresses of variables on the stack and of maps' values"},

    // References
    {"unreleased", "Unreleased reference", "something that was reserved or taken is not given back on some path",
     "every path that follows a successful reserve has to come by submit or discard, once"},
    {"release_offset", "must have zero offset when passed to release",
     "a ring buffer record is given back by a pointer into its middle",
     "submit and discard take the pointer that reserve returned"},

    // Privileges
    {"privilege", "allowed for CAP_", "this user lacks a capability", "run as root or with CAP_BPF and CAP_PERFMON"},
    {"privilege_root", "allowed for root only", "this user lacks a capability",
     "run as root or with CAP_BPF and CAP_PERFMON"},
});

/// Whether the parts of `pattern` occur in `message`, in order.
bool fits(std::string_view message, std::string_view pattern) {
  while (true) {
    const auto star = pattern.find('*');
    const auto part = pattern.substr(0, star);
    const auto at = message.find(part);
    if (at == std::string_view::npos) return false;
    if (star == std::string_view::npos) return true;
    message.remove_prefix(at + part.size());
    pattern.remove_prefix(star + 1);
  }
}

}  // namespace

std::span<const Rejection> rejections() { return catalogue; }

const Rejection* find_rejection(std::string_view message) {
  const auto found = std::find_if(catalogue.begin(), catalogue.end(),
                                  [&](const Rejection& entry) { return fits(message, entry.pattern); });
  return found == catalogue.end() ? nullptr : &*found;
}

}  // namespace sonda
