// C of our own before a probe that reads the arguments of USDT probes.
#pragma once

#include <string>
#include <string_view>

namespace sonda {

/// What defines bpf_usdt_readarg() and bpf_usdt_readarg_p(); empty if the probe does not call them.
std::string usdt_text(std::string_view probe);

}  // namespace sonda
