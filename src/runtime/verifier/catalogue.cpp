// Data: wordings of Linux 5.10 to 6.18 and what they mean to somebody who writes a probe.
#include "runtime/verifier/catalogue.h"

#include <algorithm>
#include <array>

namespace sonda {
namespace {

constexpr auto catalogue = std::to_array<Rejection>({
    // Pointers that may be NULL
    {"unchecked_lookup", "invalid mem access 'map_value_or_null'",
     "the lookup may have found nothing, and its result is used without asking",
     "check it first: if (!value) return 0;"},
    {"unchecked_reserve", "invalid mem access '*mem_or_null'",
     "the ring buffer may have had no room, and the result of reserve is used without asking",
     "check it first: if (!event) return 0;"},
    {"unchecked_pointer", "invalid mem access '*_or_null'", "the pointer may be NULL and is used without asking",
     "check it first: if (!pointer) return 0;"},
    {"null_arithmetic", "pointer arithmetic on*_or_null prohibited",
     "the pointer may be NULL, and is added to before it is checked",
     "check it for NULL before taking a field's address"},
    {"null_argument",
     "type=*_or_null expected=", "a pointer that may be NULL is passed to a helper that needs a valid one",
     "check it first: if (!pointer) return 0;"},

    {"released", "type=scalar expected=ringbuf_mem", "the record was given back already", "submit or discard it once"},
    {"released", "type=inv expected=alloc_mem", "the record was given back already", "submit or discard it once"},
    {"released", "type=scalar expected=alloc_mem", "the record was given back already", "submit or discard it once"},

    // Memory that a program may not read directly
    {"plain_number", "invalid mem access 'scalar'",
     "the address is just a number to the verifier: memory of the kernel or of a process, or a ring buffer record "
     "already given back",
     "copy it with bpf_probe_read_kernel() or bpf_probe_read_user() and use the copy; never touch a record after "
     "submit or discard"},
    {"plain_number_old", "invalid mem access 'inv'",
     "the address is just a number to the verifier: memory of the kernel or of a process",
     "copy it with bpf_probe_read_kernel() or bpf_probe_read_user() and use the copy"},
    {"other_memory", "invalid mem access '", "this kind of pointer cannot be read or written directly",
     "copy what it points to with bpf_probe_read_kernel() or bpf_probe_read_user()"},
    {"read_only_map", "write into map forbidden", "the map is read-only for programs (BPF_F_RDONLY_PROG)",
     "write it from user space, or create it without that flag"},
    {"read_only", "cannot write into*rdonly", "this memory is read-only for programs",
     "change a copy of it on the stack"},
    {"read_only_memory", "cannot write into", "this memory cannot be written by a program",
     "change a copy of it on the stack"},
    {"atomic_place", "BPF_ATOMIC stores into", "an atomic operation is only possible on map values and the stack",
     "use __sync_fetch_and_add or .atomic_increment() on a map's value"},

    // Bounds
    {"zero_size", "invalid access to map value*size=0;", "a size may be 0, and this helper needs at least 1",
     "check it first: if (n == 0) return 0;"},
    {"map_value_max", "invalid access to map value*max value is outside",
     "with its largest possible value the index or size reaches beyond the end of the map's value",
     "bound it before use: if (i >= COUNT) return 0; or, for a power of two, i &= COUNT - 1"},
    {"map_value", "invalid access to map value", "the access lies outside of the map's value (value_size is its size)",
     "compare offset and size with the value's struct, and bound a variable index before use"},
    {"mem_bounds", "invalid access to memory",
     "the access lies outside of the memory that was reserved (mem_size is its size)",
     "reserve the size that is written"},
    {"packet", "invalid access to packet", "the packet may be shorter than what is read",
     "check first: if (data + size > data_end) return ...;"},
    {"stack_variable", "math between fp pointer", "an array on the stack is indexed by a number that may be anything",
     "bound the index before use: if (i >= COUNT) return 0;"},
    {"unbounded_math", "math between*is not allowed", "an address is computed with a number that may be anything",
     "keep the index unsigned and bound it before use: if (i >= COUNT) return 0;"},
    {"unbounded", "unbounded memory access", "an index or size has no upper bound that the verifier could see",
     "bound it right before use: if (n > sizeof(buffer)) n = sizeof(buffer);"},
    {"negative", "min value is negative", "a size or index may be negative, or huge if unsigned",
     "make it unsigned and bound it: if (n > sizeof(buffer)) n = sizeof(buffer);"},
    {"zero_size", "invalid zero-sized read", "a size may be 0, and this helper needs at least 1",
     "check it first: if (n == 0) return 0;"},
    {"not_constant", "is not a known constant", "this argument must be a constant, such as sizeof(struct event)",
     "reserve a fixed size, or use bpf_ringbuf_output() / perf_submit() for a variable one"},

    // The stack
    {"stack_unset", "invalid indirect read from stack", "part of the stack memory passed to a helper was never written",
     "clear the whole struct, padding too, before it is filled: struct key_t key = {}; or __builtin_memset()"},
    {"stack_read", "invalid read from stack",
     "the stack memory read there was never written, or lies outside of the variable",
     "clear the whole struct before it is filled (struct key_t key = {};) and compare the size passed with sizeof"},
    {"stack_write", "invalid write to stack", "the write lies outside of the variable or of the 512 bytes of stack",
     "compare the size passed with sizeof of the variable; keep large data in a per-CPU array"},
    {"stack_write", "invalid indirect access to stack",
     "more is read or written than the variable, or the 512 bytes of stack, has",
     "compare the size passed with sizeof of the variable; keep large data in a per-CPU array"},
    {"stack_bounds", "invalid stack", "the access lies outside of the 512 bytes of stack",
     "keep large data in a per-CPU array"},
    {"stack_misaligned", "misaligned stack access", "a value on the stack is not at a multiple of its size",
     "do not use packed structs or odd casts on the stack"},
    {"misaligned", "misaligned*access", "a value is not at a multiple of its size",
     "do not use packed structs or odd casts"},
    {"stack_combined", "combined stack size of",
     "the functions that call each other need more than 512 bytes of stack together",
     "keep large structs in a per-CPU array, or reserve them in a ring buffer"},
    {"stack_total", "looks like the BPF program stack is too large", "the program needs more than 512 bytes of stack",
     "keep large structs in a per-CPU array, or reserve them in a ring buffer"},
    {"spill_size", "invalid size of register spill", "only whole 8-byte pointers can be kept on the stack",
     "do not store a pointer in a variable of another size"},

    // Registers
    {"no_return", "R0 !read_ok", "the function ends without a return value on some path",
     "end every path with return 0;"},
    {"not_set", "!read_ok", "a value is used that no path to here has set; a helper call also forgets its arguments",
     "give every variable a value where it is declared"},
    {"return_range", "At program exit the register R0 has", "this type of program may only return certain values",
     "return 0, or one of the values the message lists"},
    {"frame_pointer", "frame pointer is read only", "register 10 holds the stack and cannot be changed", ""},
    {"division", "div by zero", "a division by the constant 0", "check the parameter or macro that is 0 there"},

    // Pointer arithmetic and leaks
    {"pointer_sum", "pointer += pointer prohibited", "two pointers are added",
     "add a number to a pointer, not a pointer"},
    {"end_arithmetic", "pointer arithmetic on pkt_end", "data_end is a place to compare with, and cannot be moved",
     "move the packet's own pointer instead: data + n > data_end"},
    {"pointer_mask", "bitwise operator * on pointer", "a pointer is masked as if it were a number",
     "mask a number: read the address into an integer by bpf_probe_read_kernel() first, if it is meant"},
    {"pointer_operator", "pointer arithmetic with * operator prohibited",
     "a pointer can only be added to and subtracted from",
     "copy it into an integer by bpf_probe_read_kernel() first, if a number is meant"},
    {"leak", "leaks addr", "a kernel address would become visible without CAP_PERFMON",
     "run as root or with CAP_PERFMON, or store something else"},

    // The context
    {"context", "invalid bpf_context access",
     "this field is not part of what this type of program is given, or cannot be written",
     "compare with the context of the attach point: struct pt_regs *, struct bpf_perf_event_data *, the tracepoint's "
     "own struct"},
    {"release_offset", "dereference of modified*mem ptr",
     "a ring buffer record is given back by a pointer into its middle", "pass the pointer that reserve returned"},
    {"context_moved", "dereference of modified ctx ptr", "the context pointer was changed before it was read through",
     "read the fields through ctx itself; copy them to variables before a loop or a branch"},
    {"context_variable", "variable ctx access", "the context is read at an offset that is not constant",
     "read the fields through ctx by name"},

    // Loops, size and shape
    {"endless", "infinite loop detected", "a loop never changes anything that would end it",
     "count with a variable that has a constant bound: for (int i = 0; i < 16; i++)"},
    {"back_edge", "back-edge from insn", "this kernel or user may not run loops",
     "unroll it: #pragma unroll, with a constant bound"},
    {"too_large", "BPF program is too large", "the verifier gave up: too many paths through the program",
     "shorten loops, give them small constant bounds, and branch less inside them"},
    {"too_complex", "is too complex", "the verifier gave up: too many branches at once",
     "split the function, and branch less inside loops"},
    {"unreachable", "unreachable insn", "some code can never run, often behind a loop without an end",
     "remove it, or let the loop end"},
    {"jump", "jump out of range", "a jump leads out of the function",
     "inline every function that is called: static inline"},
    {"no_exit", "last insn is not an exit or jmp", "the function does not end with a return",
     "end it with return 0; an unreachable end, as after __builtin_unreachable(), is removed by the compiler"},

    // Helpers
    {"gpl_only", "cannot call GPL", "this helper serves only programs under a license compatible with the GPL",
     "#define BPF_LICENSE GPL in the probe, or do without the helper"},
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
     "declare the map with BPF_PROG_ARRAY"},
    {"tail_call_map", "kernel subsystem misconfigured verifier", "a tail call needs a BPF_PROG_ARRAY map",
     "declare the map with BPF_PROG_ARRAY"},
    {"argument", "type=*expected=", "an argument of a helper is of the wrong kind",
     "pass the address of a variable on the stack or of a map's value; copy other memory there first"},

    // References
    {"unreleased", "Unreleased reference", "something that was reserved or taken is not given back on some path",
     "call submit or discard on every path that follows a successful reserve"},
    {"release_offset", "must have zero offset when passed to release",
     "a ring buffer record is given back by a pointer into its middle", "pass the pointer that reserve returned"},

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
