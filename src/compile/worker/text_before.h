// C of our own before the probe's text, in place of what BCC would make of it.
#pragma once

#include <string>
#include <string_view>

namespace sonda {

/// What defines bpf_usdt_readarg() and bpf_usdt_readarg_p(); empty if the probe does not call them.
std::string usdt_text(std::string_view probe);

/// What stands before each probe, since a file that it includes may have a BPF_TABLE_PINNED or one of its kind: libbcc
/// would pin the map of the compile, which is not the one that is used later, and must not be made. The macros put the
/// file's name in a section instead.
std::string_view pinned_text();

/// That section, for the map of that name.
std::string pin_section(const std::string& map);

}  // namespace sonda
