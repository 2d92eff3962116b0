// What the machine made of a probe: a value, free of how it is shown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sonda/error.h"
#include "sonda/probe.h"

namespace sonda {

/// One instruction of the processor, made by the kernel's JIT.
struct NativeLine {
  std::uint32_t offset = 0;  ///< from the start of the program's code
  std::vector<std::byte> bytes;
  std::string text;  ///< as LLVM writes it; empty if it does not know the bytes
  std::string note;  ///< what an address in it stands for: "-> 0x4f", "map_lookup_elem"; may be empty
};

/// What the verifier knew of a register at an instruction, over all its visits.
struct RegisterFact {
  int number = 0;                   ///< 0 to 10
  bool written = false;             ///< by the instruction: known of it after; else read: known before
  std::vector<std::string> states;  ///< as the verifier spells them, each once, in the order met
  std::size_t more = 0;             ///< states beyond those
  std::string words;                ///< the first state in plain words; empty if there is none better than itself
};

/// A call of one of the kernel's helpers.
struct HelperCall {
  int number = 0;                ///< enum bpf_func_id
  std::string name;              ///< "bpf_map_lookup_elem"
  std::string signature;         ///< as C declares it; empty for one newer than this build
  std::string summary, returns;  ///< the first sentences of the kernel's own documentation; may be empty
};

/// How far the verifier followed an instruction that branches.
enum class Branch : std::uint8_t { none, both, only_jump, only_next };

struct BpfLine {
  std::uint32_t index = 0;             ///< as the verifier counts: a wide load takes two
  std::string begins;                  ///< the function that begins here and is called from others; else empty
  std::vector<NativeLine> entry;       ///< of such a one: native code before its first instruction's
  std::string text;                    ///< as LLVM writes it
  std::uint32_t line = 0, column = 0;  ///< of the user's file; 0 if unknown
  std::size_t visits = 0;              ///< how often the verifier walked it
  bool removed = false;                ///< the kernel took it out, since it cannot run
  Branch branch = Branch::none;
  std::optional<std::uint32_t> target;  ///< of a jump
  std::string map;                      ///< the map that it loads; empty for others
  std::optional<HelperCall> call;
  std::string note;  ///< more that is known: the map that a call works on, where a tail call leads
  std::vector<RegisterFact> registers;
  std::size_t translated = 0;  ///< how many instructions the kernel made of it before the JIT; 0 if not known
  std::vector<NativeLine> native;
};

/// A run of the stack's bytes that belong together.
struct StackSlot {
  int offset = 0;          ///< of its first byte from the frame pointer: negative
  std::uint32_t size = 0;  ///< bytes
  std::string name;        ///< the variable, or what it is for; empty if there is no guess
  /// Where names stand on the stack is guessed from the source line that passes the address, or from the helper.
  enum class Certainty : std::uint8_t { unknown, guess } certainty = Certainty::unknown;
  std::string type;                         ///< as C spells it; may be empty
  std::string why;                          ///< what it rests on, a clause
  bool spill = false;                       ///< where the compiler put a register aside
  std::vector<std::uint32_t> instructions;  ///< those that touch it
  std::vector<std::string> contents;        ///< what the verifier saw there, as it spells it, each once
};

/// One step on the way to a rejection.
struct PathStep {
  std::uint32_t line = 0;  ///< of the user's file
  std::string text;        ///< what happened there, in plain words
};

/// Why the kernel would not have a program.
struct RefusalExplanation {
  Error error;  ///< as every command shows it
  std::optional<std::uint32_t> instruction;
  std::uint32_t line = 0;      ///< 0 if unknown
  std::vector<PathStep> path;  ///< from the branch that mattered to the line that failed; empty if not known
  /// A line of the source put in, replaced or taken out.
  struct Change {
    enum class Place : std::uint8_t { before, after, replace, remove } place = Place::before;
    std::uint32_t line = 0;
    std::string text;  ///< without indentation; empty to remove
  };
  std::optional<Change> change;  ///< one that was tried: with it, the kernel takes the program
};

struct FunctionExplanation {
  std::string name, type;                       ///< the type as libbpf calls it: "kprobe"
  std::vector<std::string> points;              ///< where the file says to attach it
  std::uint32_t first_line = 0, last_line = 0;  ///< of those that have instructions; 0 if none is known
  std::vector<BpfLine> code;
  std::vector<StackSlot> stack;   ///< from the frame pointer down; functions that it calls have stacks of their own
  std::uint32_t stack_bytes = 0;  ///< as deep as it is used
  std::uint64_t verified = 0;     ///< instructions that the verifier walked, as the kernel says; 0 if it does not
  std::size_t translated = 0;     ///< instructions after the kernel's own rewriting
  std::size_t native_bytes = 0;
  std::vector<NativeLine> entry;     ///< native code before the first instruction's
  std::string no_states, no_native;  ///< why registers or native code are not there; empty if they are
  std::optional<RefusalExplanation> refusal;
};

/// A way from one function to the next.
struct TailCallEdge {
  std::string from, array;
  std::optional<std::uint32_t> index;  ///< nothing: computed when the program runs
  std::string to;                      ///< empty: nothing is put there by the file
  std::uint32_t line = 0;              ///< of the call
};

struct ExplainedMap {
  std::string name, type;  ///< the type as libbpf calls it: "hash"; or "variables", "constants"
  std::uint32_t key_size = 0, value_size = 0, max_entries = 0;
  std::string key, value;  ///< as C declares them; of variables only the value, which names them
  /// What the file says to put into which slot, of an array of programs or maps.
  std::vector<std::pair<std::uint32_t, std::string>> slots;
};

struct Explanation {
  std::string probe;                ///< the file, as diagnostics show it
  std::vector<std::string> source;  ///< its lines
  std::vector<FunctionExplanation> functions;
  std::vector<TailCallEdge> tail_calls;
  std::vector<ExplainedMap> maps;
  std::string kernel;  ///< its release

  bool all_accepted() const noexcept;
};

/// Loads functions of the probe, apart from those that it runs, and tells what became of them. Empty `functions`: all.
/// A function that the kernel refuses is part of the value. Throws Error(Stage::load), which lists the functions that
/// there are, for one that is not there.
Explanation explain_program(Probe& probe, const std::vector<std::string>& functions = {});

}  // namespace sonda
