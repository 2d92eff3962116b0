// Programs, put together from the functions of the object file, with every relocation resolved or refused by name.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compile/line_map.h"
#include "compile/worker/bpf_object.h"
#include "compile/worker/user_btf.h"
#include "sonda/error.h"
#include "sonda/image.h"

namespace sonda {

class Linker {
 public:
  /// All is borrowed. `maps` are those that the probe declares; the linker adds the sections that programs use.
  /// `descriptors` says which of them is meant by the number that stands for it in a wide load.
  Linker(const BpfObject& object, UserBtf& types, const UserText& text, std::vector<MapSpec>& maps,
         std::map<int, std::uint32_t> descriptors);

  /// The program of the function so called, as BCC names its section, and behind it each function that it uses. Throws
  /// Error(Stage::compile), on the line that wants it, for what BPF cannot have.
  ProgramSpec program(const std::string& name);

 private:
  struct Placement {
    const ObjectSymbol* function = nullptr;
    std::uint32_t at = 0;  ///< in the program
  };
  struct Part;

  void add(ProgramSpec& program, const ObjectSymbol& function);
  void resolve(ProgramSpec& program, std::size_t placement);
  void resolve_call(ProgramSpec& program, std::uint32_t at, const Part& part);
  void resolve_load(ProgramSpec& program, std::uint32_t at, const Part& part);
  /// Where a function begins in the program; it is added if it is not there yet.
  std::uint32_t place(ProgramSpec& program, std::uint32_t section, std::uint64_t offset, const Part& part);
  std::uint32_t map_of_section(std::uint32_t section);
  [[noreturn]] void refuse(const Part& part, std::string cause, std::string hint) const;
  [[noreturn]] void refuse_undefined(const Part& part, const std::string& name) const;

  const BpfObject& object_;
  UserBtf& types_;
  const UserText& text_;
  std::vector<MapSpec>& maps_;
  std::map<int, std::uint32_t> descriptors_;
  std::map<std::uint32_t, std::uint32_t> section_maps_;
  std::vector<Placement> placements_;  ///< of the program at hand
};

/// The error for the first thing that the object uses and nobody defines; nothing if there is none.
std::optional<Error> undefined_symbol(const BpfObject& object, const UserBtf& types, const UserText& text);

}  // namespace sonda
