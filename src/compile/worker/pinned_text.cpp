#include "compile/worker/pinned_text.h"

namespace sonda {
namespace {

constexpr std::string_view section = ".sonda.pin.";

// The parameters are in the order of BCC's own.
constexpr std::string_view macros =
    "#define ____SONDA_PIN(_name, _pinned) \\\n"
    "  static const char ____sonda_pin_##_name[] __attribute__((section(\".sonda.pin.\" #_name), used)) = _pinned\n"
    "#undef BPF_TABLE_PINNED6\n"
    "#undef BPF_TABLE_PINNED7\n"
    "#undef BPF_QUEUESTACK_PINNED\n"
    "#undef BPF_XSKMAP3\n"
    "#define BPF_TABLE_PINNED6(_type, _key, _leaf, _name, _entries, _pinned) \\\n"
    "  BPF_F_TABLE(_type, _key, _leaf, _name, _entries, 0); ____SONDA_PIN(_name, _pinned)\n"
    "#define BPF_TABLE_PINNED7(_type, _key, _leaf, _name, _entries, _pinned, _flags) \\\n"
    "  BPF_F_TABLE(_type, _key, _leaf, _name, _entries, _flags); ____SONDA_PIN(_name, _pinned)\n"
    "#define BPF_QUEUESTACK_PINNED(_type, _name, _leaf, _entries, _flags, _pinned) \\\n"
    "  BPF_QUEUESTACK(_type, _name, _leaf, _entries, _flags); ____SONDA_PIN(_name, _pinned)\n"
    "#define BPF_XSKMAP3(_name, _entries, _pinned) _BPF_XSKMAP(_name, _entries, \"\"); ____SONDA_PIN(_name, _pinned)\n";

}  // namespace

std::string pinned_text(std::string_view source) {
  const bool pins = source.find("_PINNED") != source.npos || source.find("BPF_XSKMAP") != source.npos;
  return pins ? std::string(macros) : std::string();
}

std::string pin_section(const std::string& map) { return std::string(section) + map; }

}  // namespace sonda
