// Where the code of a probe finds the members of the kernel's structs: at the offsets that BTF says, each of them.
#include <bpf/btf.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "image/instructions.h"
#include "kernel/kernel.h"
#include "sonda/error.h"
#include "sonda/probe.h"
#include "support/catch.h"
#include "support/paths.h"
#include "support/patience.h"
#include "support/skip.h"

using namespace sonda;
using namespace sonda::test;

extern "C" [[gnu::noinline]] void sonda_test_layout() { asm volatile(""); }

namespace {

struct Member {
  std::string name;
  std::int64_t offset = 0;  ///< bytes
};

/// A struct or union that has a name, and all its members that have an address.
struct StructLayout {
  std::string name;
  std::vector<Member> members;
};

class KernelLayouts {
 public:
  /// Of the running kernel, or of the one whose BTF is in that file.
  explicit KernelLayouts(const std::string& file)
      : types_(file.empty() ? btf__load_vmlinux_btf() : btf__parse(file.c_str(), nullptr), &btf__free) {
    REQUIRE(types_ != nullptr);
    std::map<std::string, int> seen;
    for (std::uint32_t id = 1; id < btf__type_cnt(types_.get()); ++id)
      if (btf_is_composite(&at(id)) || btf_is_any_enum(&at(id))) ++seen[text(at(id).name_off)];
    for (std::uint32_t id = 1; id < btf__type_cnt(types_.get()); ++id) {
      const auto& type = at(id);
      const auto name = text(type.name_off);
      // Of several with one name a probe's text can mean but one.
      if (!btf_is_composite(&type) || name.empty() || seen[name] > 1) continue;
      StructLayout layout{(btf_is_union(&type) ? "union " : "struct ") + name, {}};
      collect(type, 0, "", layout.members);
      if (!layout.members.empty()) all_.push_back(std::move(layout));
    }
  }
  const std::vector<StructLayout>& all() const { return all_; }

 private:
  const btf_type& at(std::uint32_t id) const { return *btf__type_by_id(types_.get(), id); }
  std::string text(std::uint32_t offset) const { return btf__name_by_offset(types_.get(), offset); }

  void collect(const btf_type& type, std::int64_t base, const std::string& before, std::vector<Member>& into) const {
    for (std::uint32_t i = 0; i < btf_vlen(&type); ++i) {
      const auto& member = btf_members(&type)[i];
      if (btf_member_bitfield_size(&type, i) != 0) continue;
      const auto& of = at(member.type);
      const auto offset = base + btf_member_bit_offset(&type, i) / 8;
      const auto name = text(member.name_off);
      if (!name.empty()) into.push_back({before + name, offset});
      if (btf_is_composite(&of) && (name.empty() || text(of.name_off).empty()))
        collect(of, offset, name.empty() ? before : before + name + ".", into);
    }
  }

  std::unique_ptr<btf, decltype(&btf__free)> types_;
  std::vector<StructLayout> all_;
};

std::string function_of(std::size_t index) { return "f" + std::to_string(index); }

/// A probe with a function for each, that writes down the address of each member as if the object began at its context.
std::string probe_of(std::span<const StructLayout> layouts) {
  std::string text = "#include <uapi/linux/ptrace.h>\n";
  for (std::size_t i = 0; i < layouts.size(); ++i) {
    text += "int " + function_of(i) + "(struct pt_regs *ctx) {\n  " + layouts[i].name +
            " *object = (void *)ctx;\n  volatile u64 at;\n";
    for (const auto& member : layouts[i].members) text += "  at = (u64)&object->" + member.name + ";\n";
    text += "  return 0;\n}\n";
  }
  return text;
}

using Distance = std::optional<std::int64_t>;  ///< from the context, in bytes; nothing for what is none

/// What the function writes down, in order. Its variable is the first on the stack; others hold what it put aside.
std::vector<Distance> written_by(const ProgramSpec& program) {
  constexpr int variable = -8;
  std::vector<Distance> written;
  std::array<Distance, 11> registers{};
  std::map<int, Distance> aside;
  registers[1] = 0;
  for (const auto& i : program.instructions) {
    auto& to = registers[i.dst_reg];
    if (i.code == (BPF_STX | BPF_MEM | BPF_DW) && i.dst_reg == frame_pointer && i.off == variable)
      written.push_back(registers[i.src_reg]);
    else if (i.code == (BPF_STX | BPF_MEM | BPF_DW) && i.dst_reg == frame_pointer)
      aside[i.off] = registers[i.src_reg];
    else if (i.code == (BPF_LDX | BPF_MEM | BPF_DW) && i.src_reg == frame_pointer)
      to = aside[i.off];
    else if (i.code == (BPF_ALU64 | BPF_MOV | BPF_X))
      to = registers[i.src_reg];
    else if (i.code == (BPF_ALU64 | BPF_ADD | BPF_K) && to)
      *to += i.imm;
    else
      to = std::nullopt;
  }
  return written;
}

/// "struct bpf_x" of each "no member named 'm' in 'struct bpf_x'".
std::set<std::string> named_by(const Error& error) {
  std::set<std::string> names;
  const auto said = error.excerpt() + error.details() + error.cause();
  static const std::regex pattern("no member named '[^']*' in\\s+'([^']*)'");
  for (std::sregex_iterator match(said.begin(), said.end(), pattern), end; match != end; ++match)
    names.insert((*match)[1]);
  return names;
}

/// The image of a probe with these; what libbcc's own copy of linux/bpf.h defines otherwise is taken out of them.
Image compiled(std::vector<StructLayout>& layouts, const std::string& btf, std::size_t& elsewhere) {
  for (;;) {
    try {
      return compile(ProbeSource::from_text("layout.c", probe_of(layouts)),
                     {.headers = Headers::btf, .use_cache = false, .btf = btf});
    } catch (const Error& error) {
      const auto names = named_by(error);
      INFO(error.what());
      REQUIRE_FALSE(names.empty());
      elsewhere += std::erase_if(layouts, [&](const StructLayout& layout) { return names.contains(layout.name); });
    }
  }
}

/// The number in a file of /proc/sys.
std::uint64_t setting(const std::string& name) {
  std::uint64_t number = 0;
  std::ifstream(name) >> number;
  return number;
}

}  // namespace

TEST_CASE("each member of each struct of the kernel is at BTF's offset in the code, too") {
  SONDA_NEED_BTF();
  SONDA_NEED(slowness() == 1, "a machine that is not emulated, to compile a hundred thousand lines in reasonable time");
  // tests/kernels/run names the file of another kernel here, whose members are compared outside of its machine.
  const char* other = std::getenv("SONDA_TEST_BTF");
  const std::string btf = other == nullptr ? "" : other;
  const KernelLayouts layouts(btf);
  const std::span<const StructLayout> all(layouts.all());
  constexpr std::size_t at_once = 400;
  std::size_t compared = 0, elsewhere = 0;
  std::vector<std::string> wrong;
  for (std::size_t first = 0; first < all.size(); first += at_once) {
    const auto some = all.subspan(first, std::min(at_once, all.size() - first));
    std::vector<StructLayout> tried(some.begin(), some.end());
    const auto image = compiled(tried, btf, elsewhere);
    for (std::size_t i = 0; i < tried.size(); ++i) {
      const auto& members = tried[i].members;
      const auto written = written_by(image.program(function_of(i)));
      INFO(tried[i].name);
      REQUIRE(written.size() == members.size());
      for (std::size_t at = 0; at < members.size(); ++at)
        if (written[at] != members[at].offset)
          wrong.push_back(tried[i].name + "." + members[at].name + ": " + std::to_string(members[at].offset) +
                          " by BTF, " + (written[at] ? std::to_string(*written[at]) : "nothing") + " in the code");
      compared += members.size();
    }
  }
  std::cout << compared << " members compared; " << elsewhere << " structs are not the kernel's here\n";
  CHECK(compared > 20'000);
  CHECK(elsewhere < 100);
  for (const auto& one : wrong) UNSCOPED_INFO(one);
  CHECK(wrong.empty());
}

TEST_CASE("settings of the network are read as the kernel shows them") {
  SONDA_NEED_BTF();
  auto probe = Probe::open(ProbeSource::from_text("settings.c",
                                                  "#include <linux/nsproxy.h>\n#include <linux/sched.h>\n"
                                                  "#include <net/net_namespace.h>\n"
                                                  "BPF_ARRAY(seen, u64, 4);\n"
                                                  "int f(struct pt_regs *ctx) {\n"
                                                  "  struct task_struct *task = (void *)bpf_get_current_task();\n"
                                                  "  struct net *net = task->nsproxy->net_ns;\n"
                                                  "  int at = 0;\n"
                                                  "  u64 value = net->ipv4.sysctl_ip_default_ttl;\n"
                                                  "  seen.update(&at, &value);\n"
                                                  "  at = 1;\n"
                                                  "  value = net->ipv4.sysctl_tcp_syn_retries;\n"
                                                  "  seen.update(&at, &value);\n"
                                                  "  at = 2;\n"
                                                  "  value = net->ipv4.sysctl_tcp_retries2;\n"
                                                  "  seen.update(&at, &value);\n"
                                                  "  at = 3;\n"
                                                  "  value = net->ipv4.sysctl_max_syn_backlog;\n"
                                                  "  seen.update(&at, &value);\n"
                                                  "  return 0;\n"
                                                  "}\n"));
  probe.attach_uprobe(this_program, "sonda_test_layout", "f", {.pid = ::getpid()});
  sonda_test_layout();
  const auto seen = [&](std::uint32_t at) { return probe.table("seen").find<std::uint64_t>(at).value_or(0); };
  CHECK(seen(0) == setting("/proc/sys/net/ipv4/ip_default_ttl"));
  CHECK(seen(1) == setting("/proc/sys/net/ipv4/tcp_syn_retries"));
  CHECK(seen(2) == setting("/proc/sys/net/ipv4/tcp_retries2"));
  CHECK(seen(3) == setting("/proc/sys/net/ipv4/tcp_max_syn_backlog"));
}
