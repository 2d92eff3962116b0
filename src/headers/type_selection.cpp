#include "headers/type_selection.h"

#include <algorithm>
#include <cstring>

namespace sonda {
namespace {

/// The strings of `btf` alone, without those of the BTF that it is on top of.
std::string_view own_strings(const btf& btf) {
  std::uint32_t size = 0;
  const auto* raw = static_cast<const char*>(btf__raw_data(&btf, &size));
  if (raw == nullptr || size < sizeof(btf_header)) return {};
  btf_header header{};
  std::memcpy(&header, raw, sizeof header);
  const auto begin = std::uint64_t{header.hdr_len} + header.str_off;
  return begin + header.str_len > size ? std::string_view() : std::string_view(raw + begin, header.str_len);
}

/// Marks the offsets of those strings of `btf` that one of `sets` holds. A BTF holds each string once, so that from
/// here on names are compared as numbers.
std::vector<bool> mark_names(const btf& btf, std::initializer_list<const NameSet*> sets) {
  std::vector<bool> wanted;
  if (const auto* base = btf__base_btf(&btf)) wanted = mark_names(*base, sets);
  const auto first = wanted.size();
  const auto strings = own_strings(btf);
  wanted.resize(first + strings.size());
  for (std::size_t at = 0; at < strings.size();) {
    const auto end = std::min(strings.find('\0', at), strings.size());
    const auto string = strings.substr(at, end - at);
    for (const auto* set : sets)
      if (set->contains(string)) wanted[first + at] = true;
    at = end + 1;
  }
  return wanted;
}

}  // namespace

TypeSelection::TypeSelection(const btf& btf, const TypeRequest& request) : btf_(btf), request_(request) {
  find_roots();
}

std::uint32_t TypeSelection::index_of(std::uint32_t id) const {
  const auto found = index_.find(skip_transparent(id));
  return found == index_.end() ? 0 : found->second;
}

void TypeSelection::find_roots() {
  const auto wanted = mark_names(btf_, {&request_.tags, &request_.ordinary});
  const auto count = btf__type_cnt(&btf_);
  for (std::uint32_t id = 1; id < count; ++id) consider(id, type(id), wanted);
}

void TypeSelection::consider(std::uint32_t id, const btf_type& type, const std::vector<bool>& wanted) {
  const bool named = type.name_off < wanted.size() && wanted[type.name_off];
  if (btf_is_any_enum(&type)) consider_enumerators(id, type, wanted);
  if (!named) return;
  const auto its_name = name(type);
  if (btf_is_composite(&type) || btf_is_any_enum(&type)) {
    if (request_.tags.contains(its_name) && !request_.defined_tags.contains(its_name) &&
        requested_tags_.insert(its_name).second)
      want(id, true, true);
  } else if (btf_is_typedef(&type)) {
    if (request_.ordinary.contains(its_name) && !request_.defined_ordinary.contains(its_name) &&
        requested_ordinary_.insert(its_name).second)
      want(id, true, true);
  }
}

void TypeSelection::consider_enumerators(std::uint32_t id, const btf_type& type, const std::vector<bool>& wanted) {
  const bool elsewhere = request_.defined_tags.contains(name(type));
  for_each_enumerator(btf_, type, [&](std::string_view enumerator, std::uint32_t offset, std::int64_t value) {
    if (offset >= wanted.size() || !wanted[offset] || !request_.ordinary.contains(enumerator) ||
        request_.defined_ordinary.contains(enumerator) || !requested_ordinary_.insert(enumerator).second)
      return;
    if (elsewhere) {
      constants_.emplace_back(enumerator, value);
    } else {
      want(id, true, true);
      enumerators_.push_back(enumerator);
    }
  });
}

std::uint32_t TypeSelection::skip_transparent(std::uint32_t id) const {
  for (; id != 0; id = type(id).type) {
    const auto& candidate = type(id);
    const bool hidden = btf_is_typedef(&candidate) && request_.defined_ordinary.contains(name(candidate));
    if (!hidden && !btf_is_type_tag(&candidate)) break;
  }
  return id;
}

void TypeSelection::want(std::uint32_t id, bool complete, bool requested) {
  id = skip_transparent(id);
  if (id == 0) return;
  const auto& wanted = type(id);
  if (btf_is_composite(&wanted) && wanted.name_off == 0) complete = true;
  auto [place, is_new] = index_.try_emplace(id, 0);
  if (is_new) {
    nodes_.push_back({.id = id});
    place->second = static_cast<std::uint32_t>(nodes_.size());
  }
  auto& node = nodes_[place->second - 1];
  node.requested |= requested;
  const bool upgraded = complete && !node.complete;
  node.complete |= complete;
  if (!is_new && !upgraded) return;

  if (btf_is_composite(&wanted)) {
    if (complete) want_members(wanted);
  } else if (btf_is_mod(&wanted) || btf_is_typedef(&wanted)) {
    want(wanted.type, complete);
  } else if (btf_is_ptr(&wanted)) {
    want(wanted.type, false);
  } else if (btf_is_array(&wanted)) {
    want(btf_array(&wanted)->type, true);
    want(btf_array(&wanted)->index_type, true);
  } else if (btf_is_func_proto(&wanted)) {
    want(wanted.type, false);
    for (int i = 0; i < btf_vlen(&wanted); ++i) want(btf_params(&wanted)[i].type, false);
  }
}

void TypeSelection::want_members(const btf_type& composite) {
  for (int i = 0; i < btf_vlen(&composite); ++i) {
    const auto& member = btf_members(&composite)[i];
    want(member.type, true);
    if (request_.ordinary.contains(btf__name_by_offset(&btf_, member.name_off))) want_pointee(member.type);
  }
}

void TypeSelection::want_pointee(std::uint32_t id) {
  bool pointer = false;
  for (id = skip_transparent(id); id != 0; id = skip_transparent(id)) {
    const auto& at = type(id);
    if (btf_is_ptr(&at)) {
      pointer = true;
      id = at.type;
    } else if (btf_is_array(&at)) {
      id = btf_array(&at)->type;
    } else if (btf_is_mod(&at) || btf_is_typedef(&at)) {
      id = at.type;
    } else {
      if (pointer && btf_is_composite(&at)) want(id, true);
      return;
    }
  }
}

}  // namespace sonda
