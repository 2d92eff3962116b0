// Every BPF program on the machine, and the functions of the kernel that programs are made for.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sonda {

/// What does not change while a program is there. Names are raw bytes from whoever loaded it: escape before printing.
struct ProgramFacts {
  std::uint32_t id = 0;
  std::uint32_t type = 0;          ///< enum bpf_prog_type
  std::string name;                ///< the function's, whole where its type information has it; else its first 15 bytes
  std::string tag;                 ///< hexadecimal: a hash of its instructions
  bool gpl = false;                ///< whether its license is one that the kernel takes as GPL
  std::uint32_t instructions = 0;  ///< as the kernel runs them
  std::uint32_t verified = 0;      ///< that the verifier walked; 0 before Linux 5.16
  std::uint32_t jit_bytes = 0;     ///< 0 if it is interpreted
  std::uint64_t loaded = 0;        ///< nanoseconds of CLOCK_BOOTTIME
  std::uint32_t uid = 0;           ///< who loaded it
  std::uint32_t btf = 0;           ///< the number of its type information; 0 if it has none
  std::uint32_t target_btf = 0,
                target_type = 0;        ///< the function of the kernel that it is made for; 0 if there is none
  std::vector<std::uint32_t> maps;      ///< numbers, ascending
  std::optional<std::uint64_t> memory;  ///< bytes of kernel memory, page by page
};

/// What was counted up to a moment, while RunStatistics was on.
struct ProgramCounts {
  std::uint64_t runs = 0, nanoseconds = 0;
  std::uint64_t missed = 0;  ///< runs that the kernel skipped because the program was running on that CPU; since 5.12
};

struct ListedProgram {
  const ProgramFacts* facts = nullptr;  ///< borrowed from the list
  ProgramCounts counts;
};

/// "kprobe", "cgroup_skb"; the number if it is newer than libbpf.
std::string program_type_name(std::uint32_t type);

class ProgramList {
 public:
  /// All programs now, by number. Ones that come or go meanwhile may or may not be in it. What it gave before is valid
  /// until it is called again. Throws Error(Stage::kernel) if the kernel refuses to list them.
  std::vector<ListedProgram> read();

 private:
  std::unordered_map<std::uint32_t, ProgramFacts> known_;
};

class TargetNames {
 public:
  /// The name of type `type` of the type information `object`, without the kernel's own prefixes for hooks and
  /// tracepoints; empty if it cannot be found. Finding one takes some 10 ms the first time, so all are remembered.
  const std::string& find(std::uint32_t object, std::uint32_t type);

 private:
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> known_;
};

}  // namespace sonda
