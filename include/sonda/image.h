// What the compiler made of a probe: a value that can be stored, compared, sent through a pipe and loaded.
#pragma once

#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sonda/schema.h"

namespace sonda {

/// Everything that the result of a compile depends on. Kept inside the image and compared whole.
struct ImageKey {
  std::string probe;   ///< the file's name as diagnostics show it
  std::string source;  ///< its whole text
  /// Parameters as NAME=VALUE, then the compiler's flags, in order, then `#include "NAME"`, a line's end and the text
  /// of each file that the probe includes with quotes, then "extern", name and layout of each map that it may import.
  std::vector<std::string> flags;
  std::string headers;   ///< "btf" or "kernel", and what they were made from
  std::string kernel;    ///< release, build and boot-independent identity of the running kernel
  std::string compiler;  ///< versions of libbcc and LLVM
  std::string sonda;     ///< this project's version and the image format's
  bool operator==(const ImageKey&) const = default;
};

/// The instruction at `instruction` (the first of the two of a wide load) wants the descriptor of map `map`; where the
/// load's source register is BPF_PSEUDO_MAP_VALUE, for the address of its only value, plus the load's second number.
struct MapReference {
  std::uint32_t instruction = 0;
  std::uint32_t map = 0;  ///< index into Image::maps
  bool operator==(const MapReference&) const = default;
};

/// From instruction `instruction` on, the program is at this line of the user's own file.
struct LineRecord {
  std::uint32_t instruction = 0;
  std::uint32_t file_offset = 0;  ///< of the file's name in the strings of Image::btf
  std::uint32_t text_offset = 0;  ///< of the line's text, likewise
  std::uint32_t line = 0;         ///< 1-based; 0 if unknown
  std::uint32_t column = 0;       ///< 1-based; 0 if unknown
  bool operator==(const LineRecord&) const = default;
};

/// A function that the program calls, or hands to a helper that calls it; it was not inlined.
struct Subprogram {
  std::string name;
  std::uint32_t instruction = 0;  ///< where it begins in the program; it ends where the next one begins
  std::uint32_t btf_type = 0;     ///< its function type in Image::btf; 0 if none
  bool operator==(const Subprogram&) const = default;
};

/// One BPF function, not yet in the kernel, and behind it those that it uses. Its type is decided by what it is
/// attached to.
struct ProgramSpec {
  std::string name;
  std::vector<bpf_insn> instructions;
  std::vector<MapReference> maps;
  std::uint32_t btf_type = 0;           ///< its function type in Image::btf; 0 if none
  std::vector<Subprogram> subprograms;  ///< in the order of their instructions
  std::vector<LineRecord> lines;
};

/// Whether other probes have a part in a map, by BCC's macros.
enum class Linkage : std::uint8_t {
  own,
  exported,  ///< BPF_TABLE_PUBLIC, BPF_TABLE_SHARED: other probes of a run may use it
  imported   ///< BPF_TABLE("extern", ...): it is another probe's
};

/// What a map holds.
enum class Holds : std::uint8_t {
  entries,
  variables,  ///< the probe's global and static variables: one value, a field for each of them
  constants   ///< the same of what is const, and texts; no program can change it
};

/// What the keys of a map that was declared as a histogram stand for, as the probe makes them.
enum class Slots : std::uint8_t {
  none,    ///< it is no histogram, or one whose slot is never computed: what it holds are sums
  values,  ///< the slot is the value
  log2,    ///< by bpf_log2(), of 32 bits: slot i has values from 2^i to 2^(i+1) - 1, slot 0 zero, too
  log2l    ///< by bpf_log2l(): slot i has values from 2^(i-1) to 2^i - 1, slot 1 zero, too
};

/// The field of a histogram's key that says which slot: called `slot` or `bucket`, or the last; none of a key that is
/// no struct.
std::optional<std::size_t> slot_field(const Type& key) noexcept;

/// A map's types as libbcc tells them to BCC's Python.
struct PythonTypes {
  std::string key, value;          ///< JSON: ["key_t", [["pid", "unsigned int"], ...], "struct"]
  std::vector<std::string> event;  ///< "FIELD#TYPE" for each field of what a ring or perf buffer carries
};

/// One map, not yet in the kernel.
struct MapSpec {
  std::string name;
  std::uint32_t type = 0;                      ///< enum bpf_map_type
  std::uint32_t key_size = 0, value_size = 0;  ///< bytes
  std::uint32_t max_entries = 0;
  std::uint32_t flags = 0;  ///< BPF_F_*
  std::string inner;        ///< for maps of maps: the name of the map that shows the inner ones' layout
  Linkage linkage = Linkage::own;
  std::string pin;                                     ///< the file that BPF_TABLE_PINNED names; empty if none
  std::uint32_t btf_key_type = 0, btf_value_type = 0;  ///< in Image::btf; 0 if none
  Schema key, value;
  Schema event;  ///< for ring and perf buffers: what `// @event` says they carry; else empty
  PythonTypes python;
  Slots slots = Slots::none;
  Holds holds = Holds::entries;
  std::vector<std::byte> initial;  ///< the only value of variables and constants, as it is at first; else empty
};

/// What the compiler has to say of a line of the user's file, though it compiled it.
struct Warning {
  std::uint32_t line = 0, column = 0;  ///< from 1; 0 if unknown
  std::string text;
  bool operator==(const Warning&) const = default;
};

struct Image {
  ImageKey key;
  std::string license;
  std::uint32_t kernel_version = 0;  ///< LINUX_VERSION_CODE, which old kernels ask for with kprobes
  std::vector<ProgramSpec> programs;
  std::vector<MapSpec> maps;
  std::vector<Warning> warnings;
  std::vector<std::byte> btf;  ///< types, function and line texts, ready for BPF_BTF_LOAD; may be empty

  /// The program or map of that name. Throws Error(Stage::load) which lists the names that there are.
  const ProgramSpec& program(std::string_view name) const;
  const MapSpec& map(std::string_view name) const;
};

/// The file format's version; a file of another version is never read.
inline constexpr std::uint32_t image_format = 5;

/// The image as bytes: magic, format version, length, content, checksum.
std::vector<std::byte> serialize(const Image& image);

/// The image that `bytes` hold. Everything is checked (lengths, indices, checksum, schemas): bytes from anywhere are
/// safe to give. Throws Error(Stage::cache) that says what is wrong: cut short, altered, of another version.
Image parse_image(std::span<const std::byte> bytes);

/// A map that a probe has if it calls bpf_usdt_readarg(): how to read the arguments at each place. Nothing to show.
inline constexpr std::string_view usdt_arguments_map = "____sonda_usdt";

}  // namespace sonda
