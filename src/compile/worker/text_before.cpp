#include "compile/worker/text_before.h"

#include <fmt/format.h>

#include "sonda/image.h"

namespace sonda {
namespace {

// BCC would write a function for each argument, from the binary as it is when the probe is compiled. Here the program
// finds in a map, under the cookie of the place where it runs, what it takes to read an argument: so one program serves
// any number of places, and any binary that it is attached to later. Its structs are as in attach/usdt_arguments.h.
constexpr const char* reader_text = R"(
struct ____sonda_usdt_argument {{
  u64 displacement;
  u16 base, index;
  u8 shift, unused_bits, is_signed, kind;
}};
struct ____sonda_usdt_place {{
  struct ____sonda_usdt_argument arguments[12];
}};
BPF_F_TABLE("hash", u64, struct ____sonda_usdt_place, {0}, 1024, BPF_F_NO_PREALLOC);

static __always_inline int ____sonda_usdt_read(void *ctx, u32 number, u64 *result) {{
  u64 cookie = bpf_get_attach_cookie(ctx), value, part = 0;
  struct ____sonda_usdt_place *place = {0}.lookup(&cookie);
  if (!place || number - 1 >= 12) return -2;
  struct ____sonda_usdt_argument *argument = &place->arguments[number - 1];
  u32 kind = argument->kind, bits = argument->unused_bits;
  if (kind == 0) return -2;
  if (kind == 3) return -95;
  value = argument->displacement;
  if (argument->base != 0xffff) {{
    bpf_probe_read_kernel(&part, sizeof(part), (void *)((u64)ctx + argument->base));
    value += part;
  }}
  if (argument->index != 0xffff) {{
    bpf_probe_read_kernel(&part, sizeof(part), (void *)((u64)ctx + argument->index));
    value += part << argument->shift;
  }}
  if (kind == 2) {{
    long failed;
    part = 0;
    if (bits == 0) failed = bpf_probe_read_user(&part, 8, (void *)value);
    else if (bits == 32) failed = bpf_probe_read_user(&part, 4, (void *)value);
    else if (bits == 48) failed = bpf_probe_read_user(&part, 2, (void *)value);
    else failed = bpf_probe_read_user(&part, 1, (void *)value);
    if (failed) return -14;
    value = part;
  }}
  value <<= bits;
  *result = argument->is_signed ? (u64)((s64)value >> bits) : value >> bits;
  return 0;
}}

#define bpf_usdt_readarg(number, ctx, to) ({{ \
  _Static_assert(sizeof(*(to)) <= 8, "an argument of a USDT probe has 8 bytes at most"); \
  u64 ____value = 0; \
  int ____failed = ____sonda_usdt_read(ctx, number, &____value); \
  if (!____failed) __builtin_memcpy(to, &____value, sizeof(*(to))); \
  ____failed; }})
#define bpf_usdt_readarg_p(number, ctx, to, size) ({{ \
  u64 ____address = 0; \
  int ____unread = ____sonda_usdt_read(ctx, number, &____address); \
  if (!____unread) ____unread = bpf_probe_read_user(to, size, (void *)____address); \
  ____unread; }})
)";

constexpr std::string_view pin_sections = ".sonda.pin.";

// The parameters are in the order of BCC's own.
constexpr std::string_view pinned_macros =
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

std::string usdt_text(std::string_view probe) {
  if (probe.find("bpf_usdt_readarg") == probe.npos) return {};
  return fmt::format(reader_text, usdt_arguments_map);
}

std::string_view pinned_text() { return pinned_macros; }

std::string pin_section(const std::string& map) { return std::string(pin_sections) + map; }

}  // namespace sonda
