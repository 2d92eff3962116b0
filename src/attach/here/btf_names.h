// What the kernel's BTF names that programs can be tied to: functions, hooks, iterators, tracepoints.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/libbpf.h"

namespace sonda {

/// How the BTF spells one kind of such things: as types of that kind, the names of which begin so.
struct BtfSpelling {
  std::string_view prefix;
  std::uint32_t kind = BTF_KIND_FUNC;
};

inline constexpr BtfSpelling btf_functions{""};
inline constexpr BtfSpelling btf_lsm_hooks{"bpf_lsm_"};
inline constexpr BtfSpelling btf_iterators{"bpf_iter_"};
inline constexpr BtfSpelling btf_iterator_contexts{"bpf_iter__", BTF_KIND_STRUCT};
inline constexpr BtfSpelling btf_tracepoints{"btf_trace_", BTF_KIND_TYPEDEF};

/// The names in `types` from the type `first` on, without what the spelling puts before them; in the order of the BTF.
std::vector<std::string> names_in_btf(const btf& types, const BtfSpelling& spelling, std::uint32_t first = 1);

/// The iterators that can be attached by name alone. Other functions' names begin as theirs do; but each iterator has a
/// structure for its context. Those over the entries of one given map are left out.
std::vector<std::string> iterators_in_btf(const btf& types);

/// The type of that name in `types` alone, not in what it is based on; 0 if there is none.
std::uint32_t find_in_btf(const btf& types, const BtfSpelling& spelling, std::string_view name);

/// The first type of `types` that is its own, not of what it is based on.
std::uint32_t first_own_type(const btf& types);

/// The kernel's modules whose types it tells.
std::vector<std::string> modules_with_types();

/// Something in a BTF that has a name.
struct BtfName {
  std::string name;
  std::string module;          ///< empty: the kernel itself
  const btf* types = nullptr;  ///< borrowed from the TypesHere
  std::uint32_t id = 0;        ///< in `types`
};

/// The types of the running kernel and of its modules, read once.
class TypesHere {
 public:
  /// Throws Error(Stage::kernel) with Exit::cannot_run if the kernel does not tell its types.
  TypesHere();

  const btf& kernel() const noexcept { return *kernel_; }
  /// All that is spelled so, each once, sorted by name.
  std::vector<BtfName> named(const BtfSpelling& spelling) const;

 private:
  struct Module {
    std::string name;
    BtfPointer types;
  };
  BtfPointer kernel_;
  std::vector<Module> modules_;
};

}  // namespace sonda
