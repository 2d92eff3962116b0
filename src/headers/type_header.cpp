// A selection of kernel types written as C: a small BTF of its own, dumped by libbpf, which knows padding and packing.
#include "headers/type_selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <memory>

#include "headers/kernel_types.h"
#include "image/schema_from_btf.h"
#include "sonda/error.h"

namespace sonda {
namespace {

using DumpPointer = std::unique_ptr<btf_dump, decltype(&btf_dump__free)>;

/// Fills holes with arrays of bytes while structs are added to a BTF. What libbpf would write instead, runs of unnamed
/// bit-fields, is one wide integer to Clang. Its alignment differs between x86-64's data layout, for which libbcc has
/// Clang make code, and BPF's, which it then puts in its place: all that lies behind the run would move in the code,
/// and nowhere else.
class Padding {
 public:
  /// `to` is borrowed; `first` is the number that the next type after all others will have in it.
  Padding(btf& to, std::uint32_t first) : to_(to), first_(first) {}

  /// Before a member is added to the last struct of the BTF, or behind its last one: from bit `end` of what is there up
  /// to bit `next`, whole bytes get a member, unless C itself leaves them out for the sake of `alignment` (bytes).
  /// Throws Error(Stage::kernel).
  void fill(std::uint32_t end, std::uint32_t next, std::uint32_t alignment) {
    const auto from = (end + 7) / 8, to = next / 8;
    const auto aligned = (from + alignment - 1) / alignment * alignment;
    if (to <= from || (aligned == to && next % 8 == 0)) return;
    // Of all structs each has another name: those without a name share the names of the one around them.
    const auto name = fmt::format("{}{}", padding_prefix, members_++);
    must_write(btf__add_field(&to_, name.c_str(), array_of(to - from), from * 8, 0));
  }

  /// After all other types: adds those of the members. Throws Error(Stage::kernel).
  void add_types() {
    if (lengths_.empty()) return;
    const int byte = must_write(btf__add_int(&to_, "unsigned char", 1, 0));
    const int index = must_write(btf__add_int(&to_, "unsigned int", 4, 0));
    for (const auto length : lengths_) must_write(btf__add_array(&to_, index, byte, length));
  }

 private:
  int array_of(std::uint32_t bytes) {
    auto known = std::ranges::find(lengths_, bytes);
    if (known == lengths_.end()) known = lengths_.insert(known, bytes);
    return static_cast<int>(first_ + 2 + static_cast<std::uint32_t>(known - lengths_.begin()));
  }

  btf& to_;
  std::uint32_t first_;
  std::uint32_t members_ = 0;
  std::vector<std::uint32_t> lengths_;  ///< of the arrays, which are numbered from first_ + 2 on
};

class SmallBtf {
 public:
  SmallBtf(const btf& from, const TypeSelection& selection, const TypeRequest& request)
      : from_(from),
        selection_(selection),
        request_(request),
        to_(empty()),
        padding_(*to_, static_cast<std::uint32_t>(selection.nodes().size()) + 1) {
    for (const auto& node : selection_.nodes()) add(node);
    padding_.add_types();
  }

  const btf& get() const { return *to_; }

 private:
  static BtfPointer empty() {
    BtfPointer made(btf__new_empty());
    if (made == nullptr) must_write(-errno);
    return made;
  }

  const char* name(std::uint32_t offset) const { return btf__name_by_offset(&from_, offset); }
  int ref(std::uint32_t id) const { return static_cast<int>(selection_.index_of(id)); }

  void add(const TypeSelection::Node& node) {
    const auto& type = *btf__type_by_id(&from_, node.id);
    switch (btf_kind(&type)) {
      case BTF_KIND_FUNC_PROTO:
        return add_prototype(type);
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION:
        return add_composite(type, node);
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64:
        return add_enum(type, node);
      default:
        must_write(add_simple(type));
    }
  }

  int add_simple(const btf_type& type) {
    const char* its_name = name(type.name_off);
    btf* to = to_.get();
    switch (btf_kind(&type)) {
      case BTF_KIND_INT:
        return btf__add_int(to, its_name, type.size, btf_int_encoding(&type));
      case BTF_KIND_FLOAT:
        return btf__add_float(to, its_name, type.size);
      case BTF_KIND_PTR:
        return btf__add_ptr(to, ref(type.type));
      case BTF_KIND_CONST:
        return btf__add_const(to, ref(type.type));
      case BTF_KIND_VOLATILE:
        return btf__add_volatile(to, ref(type.type));
      case BTF_KIND_RESTRICT:
        return btf__add_restrict(to, ref(type.type));
      case BTF_KIND_TYPEDEF:
        return btf__add_typedef(to, its_name, ref(type.type));
      case BTF_KIND_ARRAY:
        return btf__add_array(to, ref(btf_array(&type)->index_type), ref(btf_array(&type)->type),
                              btf_array(&type)->nelems);
      case BTF_KIND_FWD:
        return btf__add_fwd(to, its_name, btf_kflag(&type) ? BTF_FWD_UNION : BTF_FWD_STRUCT);
      default:
        throw Error(Stage::kernel, "kernel types", fmt::format("unknown kind {} in BTF", btf_kind(&type)));
    }
  }

  void add_prototype(const btf_type& type) {
    must_write(btf__add_func_proto(to_.get(), ref(type.type)));
    for (int i = 0; i < btf_vlen(&type); ++i) {
      const auto& parameter = btf_params(&type)[i];
      must_write(btf__add_func_param(to_.get(), name(parameter.name_off), ref(parameter.type)));
    }
  }

  /// The tag to write: of several types with one name the requested one keeps it, and so does text from elsewhere.
  std::string tag(const btf_type& type, const TypeSelection::Node& node) const {
    std::string tag = name(type.name_off);
    if (tag.empty()) return tag;
    if (request_.defined_tags.contains(tag)) return node.complete ? tag + "___kernel" : tag;
    return selection_.has_requested(tag) && !node.requested ? tag + "___other" : tag;
  }

  void add_composite(const btf_type& type, const TypeSelection::Node& node) {
    const bool is_union = btf_kind(&type) == BTF_KIND_UNION;
    const auto its_tag = tag(type, node);
    if (!node.complete) {
      must_write(btf__add_fwd(to_.get(), its_tag.c_str(), is_union ? BTF_FWD_UNION : BTF_FWD_STRUCT));
      return;
    }
    must_write(is_union ? btf__add_union(to_.get(), its_tag.c_str(), type.size)
                        : btf__add_struct(to_.get(), its_tag.c_str(), type.size));
    const auto alignment = alignment_of(node.id);
    std::uint32_t end = 0;  // of the members so far, in bits
    for (std::uint32_t i = 0; i < btf_vlen(&type); ++i) {
      const auto& member = btf_members(&type)[i];
      const auto offset = btf_member_bit_offset(&type, i), bits = btf_member_bitfield_size(&type, i);
      if (!is_union) padding_.fill(end, offset, bits != 0 ? 1 : std::min(alignment, alignment_of(member.type)));
      must_write(btf__add_field(to_.get(), name(member.name_off), ref(member.type), offset, bits));
      end = offset + (bits != 0 ? bits : bits_of(member.type));
    }
    // Also behind an array without an end: libbpf writes it as one of no elements.
    if (!is_union) padding_.fill(end, type.size * 8, alignment);
  }

  std::uint32_t bits_of(std::uint32_t id) const {
    const auto bytes = btf__resolve_size(&from_, id);
    return bytes > 0 ? static_cast<std::uint32_t>(bytes) * 8 : 0;
  }
  /// In bytes; 1 of a packed struct.
  std::uint32_t alignment_of(std::uint32_t id) const {
    const auto bytes = btf__align_of(&from_, id);
    return bytes > 0 ? static_cast<std::uint32_t>(bytes) : 1;
  }

  void add_enum(const btf_type& type, const TypeSelection::Node& node) {
    const bool is_signed = btf_kflag(&type), is_wide = btf_is_enum64(&type);
    const auto its_tag = tag(type, node);
    std::vector<std::pair<std::string_view, std::int64_t>> values;
    for_each_enumerator(from_, type, [&](std::string_view enumerator, std::uint32_t, std::int64_t value) {
      if (!request_.defined_ordinary.contains(enumerator)) values.emplace_back(enumerator, value);
    });
    if (values.empty() || request_.defined_tags.contains(name(type.name_off))) {
      add_integer(type.size, is_signed);
      return;
    }
    must_write(is_wide ? btf__add_enum64(to_.get(), its_tag.c_str(), type.size, is_signed)
                       : btf__add_enum(to_.get(), its_tag.c_str(), type.size));
    for (const auto& [enumerator, value] : values) {
      const std::string text(enumerator);
      must_write(is_wide ? btf__add_enum64_value(to_.get(), text.c_str(), static_cast<std::uint64_t>(value))
                         : btf__add_enum_value(to_.get(), text.c_str(), value));
    }
  }

  void add_integer(std::uint32_t size, bool is_signed) {
    const char* base = size == 1 ? "char" : size == 2 ? "short" : size == 8 ? "long" : "int";
    const auto text = fmt::format("{} {}", is_signed ? "signed" : "unsigned", base);
    must_write(btf__add_int(to_.get(), text.c_str(), size, is_signed ? BTF_INT_SIGNED : 0));
  }

  const btf& from_;
  const TypeSelection& selection_;
  const TypeRequest& request_;
  BtfPointer to_;
  Padding padding_;
};

/// Unions that are packed, by their tags: their size is no multiple of what their members want. libbpf's writer sees
/// that of structs alone.
std::vector<std::string> packed_unions(const btf& types) {
  std::vector<std::string> tags;
  for (std::uint32_t id = 1; id < btf__type_cnt(&types); ++id) {
    const auto* type = btf__type_by_id(&types, id);
    if (!btf_is_union(type) || type->name_off == 0) continue;
    std::uint32_t wanted = 1;
    for (std::uint32_t i = 0; i < btf_vlen(type); ++i)
      wanted =
          std::max(wanted, static_cast<std::uint32_t>(std::max(btf__align_of(&types, btf_members(type)[i].type), 1)));
    if (type->size % wanted != 0) tags.emplace_back(btf__name_by_offset(&types, type->name_off));
  }
  return tags;
}

void pack(std::string& text, const std::string& tag) {
  const auto begin = text.find(fmt::format("union {} {{\n", tag));
  const auto end = begin == text.npos ? begin : text.find("\n};", begin);
  if (end != text.npos) text.insert(end + 2, " __attribute__((packed))");
}

[[gnu::format(printf, 2, 0)]] void append(void* to, const char* format, std::va_list arguments) {
  auto& text = *static_cast<std::string*>(to);
  std::va_list again;
  va_copy(again, arguments);
  char buffer[512];
  const int length = std::vsnprintf(buffer, sizeof buffer, format, arguments);
  if (length >= static_cast<int>(sizeof buffer)) {
    const auto before = text.size();
    text.resize(before + static_cast<std::size_t>(length) + 1);
    std::vsnprintf(text.data() + before, static_cast<std::size_t>(length) + 1, format, again);
    text.pop_back();
  } else if (length > 0) {
    text.append(buffer, static_cast<std::size_t>(length));
  }
  va_end(again);
}

}  // namespace

std::string write_types(const btf& btf, const TypeSelection& selection, const TypeRequest& request) {
  const SmallBtf small(btf, selection, request);
  std::string text;
  const DumpPointer dump(btf_dump__new(&small.get(), append, &text, nullptr), &btf_dump__free);
  if (dump == nullptr) must_write(-errno);
  const auto count = btf__type_cnt(&small.get());
  for (std::uint32_t id = 1; id < count; ++id) must_write(btf_dump__dump_type(dump.get(), id));
  for (const auto& tag : packed_unions(small.get())) pack(text, tag);
  return text;
}

}  // namespace sonda
