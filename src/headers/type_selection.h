// Which types of a BTF a probe needs, and what they are in C.
#pragma once

#include <bpf/btf.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "headers/c_names.h"

namespace sonda {

/// What is wanted, and what must stay away because other text defines it.
struct TypeRequest {
  NameSet tags;      ///< structs, unions and enums that are wanted in full
  NameSet ordinary;  ///< names that may be typedefs or enumerators; a pointer member so called has its target in full
  NameSet defined_tags, defined_ordinary;  ///< defined elsewhere
};

/// The types a request needs, closed over what they contain, in an order that puts what was asked for first.
class TypeSelection {
 public:
  struct Node {
    std::uint32_t id = 0;    ///< in the BTF that was selected from
    bool complete = false;   ///< for structs and unions: with members, otherwise only declared
    bool requested = false;  ///< by name
  };

  /// `btf` is borrowed and must outlive this.
  TypeSelection(const btf& btf, const TypeRequest& request);

  const std::vector<Node>& nodes() const noexcept { return nodes_; }
  /// The place in nodes(), counted from 1, that stands for type `id`; 0 for void.
  std::uint32_t index_of(std::uint32_t id) const;
  /// Enumerators that are wanted, of enums that are themselves defined elsewhere without them.
  const std::vector<std::pair<std::string_view, std::int64_t>>& constants() const noexcept { return constants_; }
  /// Enumerators that are wanted and are in an enum of nodes().
  const std::vector<std::string_view>& enumerators() const noexcept { return enumerators_; }
  /// Whether a struct, union or enum so called is in nodes() by request.
  bool has_requested(std::string_view tag) const { return requested_tags_.contains(tag); }
  /// Whether a typedef or enumerator so called was found.
  bool has_requested_ordinary(std::string_view name) const { return requested_ordinary_.contains(name); }

 private:
  void find_roots();
  void consider(std::uint32_t id, const btf_type& type, const std::vector<bool>& wanted);
  void consider_enumerators(std::uint32_t id, const btf_type& type, const std::vector<bool>& wanted);
  void want(std::uint32_t id, bool complete, bool requested = false);
  void want_members(const btf_type& type);
  void want_pointee(std::uint32_t id);
  std::uint32_t skip_transparent(std::uint32_t id) const;
  const btf_type& type(std::uint32_t id) const { return *btf__type_by_id(&btf_, id); }
  std::string_view name(const btf_type& type) const { return btf__name_by_offset(&btf_, type.name_off); }

  const btf& btf_;
  const TypeRequest& request_;
  std::vector<Node> nodes_;
  std::unordered_map<std::uint32_t, std::uint32_t> index_;  ///< id to place, counted from 1
  std::vector<std::pair<std::string_view, std::int64_t>> constants_;
  std::vector<std::string_view> enumerators_;
  NameSet requested_tags_, requested_ordinary_;
};

/// Calls `visit(name, offset of the name, value)` for each enumerator of an enum of either width.
template <class Visit>
void for_each_enumerator(const btf& btf, const btf_type& type, Visit visit) {
  const auto take = [&](std::uint32_t name, auto value) {
    visit(btf__name_by_offset(&btf, name), name, static_cast<std::int64_t>(value));
  };
  for (int i = 0; i < btf_vlen(&type); ++i) {
    if (btf_is_enum64(&type)) {
      const auto& wide = btf_enum64(&type)[i];
      take(wide.name_off, btf_enum64_value(&wide));
    } else {
      const auto& narrow = btf_enum(&type)[i];
      take(narrow.name_off, btf_kflag(&type) ? std::int64_t{narrow.val} : std::int64_t{std::uint32_t(narrow.val)});
    }
  }
}

/// C declarations of all that is selected, laid out as the kernel has it. Types whose tags the request says are defined
/// elsewhere are only declared, or get another name where their size matters.
/// Throws Error(Stage::kernel) if libbpf cannot write them.
std::string write_types(const btf& btf, const TypeSelection& selection, const TypeRequest& request);

}  // namespace sonda
