// Stacks of a program whose chain of calls is known, collected by a real map of stack traces.
#include <bpf/bpf.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "bpf/hand_made.h"
#include "bpf/real_map.h"
#include "elf/symbols.h"
#include "read/show.h"
#include "read/stacks.h"
#include "sonda/table.h"
#include "support/catch.h"
#include "support/skip.h"
#include "support/target_process.h"

using namespace sonda;
using namespace sonda::test;

namespace {

// So many places that two different stacks hardly ever want the same one.
constexpr std::uint32_t depth = 32, most_stacks = 16384;

Map stack_map(bool by_build_id = false) {
  const auto frame = by_build_id ? sizeof(bpf_stack_build_id) : sizeof(std::uint64_t);
  return make_map(BPF_MAP_TYPE_STACK_TRACE, 4, static_cast<std::uint32_t>(depth * frame), most_stacks,
                  by_build_id ? BPF_F_STACK_BUILD_ID : 0);
}

// Keeps the id of the last user stack in ids[0], of the last kernel stack in ids[1]; only for process `pid`.
std::vector<bpf_insn> collector(const Map& stacks, const Map& ids, pid_t pid) {
  std::vector<bpf_insn> code{
      copy(6, 1),
      call(BPF_FUNC_get_current_pid_tgid),
      insn(BPF_ALU64 | BPF_RSH | BPF_K, 0, 0, 0, 32),
      insn(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2, pid),
      set(0, 0),
      leave(),
  };
  const auto add_map = [&](int reg, const Map& map) {
    code.push_back(insn(BPF_LD | BPF_IMM | BPF_DW, reg, BPF_PSEUDO_MAP_FD, 0, map.fd()));
    code.push_back(insn(0, 0, 0, 0, 0));
  };
  for (const int slot : {0, 1}) {
    code.push_back(copy(1, 6));
    add_map(2, stacks);
    code.push_back(set(3, slot == 0 ? BPF_F_USER_STACK : 0));
    code.push_back(call(BPF_FUNC_get_stackid));
    code.push_back(save(10, 0, -8));
    code.push_back(store(10, -16, slot));
    add_map(1, ids);
    for (const auto& each : {copy(2, 10), add(2, -16), copy(3, 10), add(3, -8), set(4, BPF_ANY)}) code.push_back(each);
    code.push_back(call(BPF_FUNC_map_update_elem));
  }
  code.push_back(set(0, 0));
  code.push_back(leave());
  return code;
}

UniqueFd load(bpf_prog_type type, const std::vector<bpf_insn>& code) {
  UniqueFd fd(bpf_prog_load(type, "collector", "GPL", code.data(), code.size(), nullptr));
  if (!fd) throw std::runtime_error(std::string("bpf_prog_load: ") + std::strerror(errno));
  return fd;
}

// A program that runs at each page fault of one process.
UniqueFd at_page_faults(const UniqueFd& program, pid_t pid) {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.size = sizeof attributes;
  attributes.config = PERF_COUNT_SW_PAGE_FAULTS;
  attributes.sample_period = 1;
  UniqueFd event(static_cast<int>(::syscall(SYS_perf_event_open, &attributes, pid, -1, -1, PERF_FLAG_FD_CLOEXEC)));
  if (!event || ::ioctl(event.get(), PERF_EVENT_IOC_SET_BPF, program.get()) != 0 ||
      ::ioctl(event.get(), PERF_EVENT_IOC_ENABLE, 0) != 0)
    throw std::runtime_error(std::string("perf_event: ") + std::strerror(errno));
  return event;
}

std::int64_t id_in(const Map& ids, std::uint32_t slot) {
  std::int64_t id = -1;
  if (bpf_map_lookup_elem(ids.fd(), &slot, &id) != 0) throw std::runtime_error("the id is not there");
  return id;
}

std::vector<std::string> names(const std::vector<ShownFrame>& frames) {
  std::vector<std::string> result;
  for (const auto& frame : frames) result.push_back(frame.name);
  return result;
}

const std::vector<std::string> chain{"chain_inner", "chain::middle((anonymous namespace)::Work const&, int)",
                                     "chain_outer", "main"};

bool holds(const std::vector<std::string>& stack, const std::vector<std::string>& part) {
  return !std::ranges::search(stack, part).empty();
}

// The user stacks of the page faults that `program` made.
struct Faulted {
  Faulted(const std::string& program, Map map)
      : stacks(std::move(map)),
        ids(make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 2)),
        process(target(program), {"--pages", "20", "--wait-for-newline"}) {
    process.line();
    process.settle();
    const auto collecting = load(BPF_PROG_TYPE_PERF_EVENT, collector(stacks, ids, process.pid()));
    const auto event = at_page_faults(collecting, process.pid());
    process.go_on();
    process.line();
    process.settle();
  }
  ShowBeside beside() const { return {.pid = process.pid(), .stacks = &stacks}; }
  // The stack that has these functions one after another: the last one collected may be of a later fault.
  std::optional<std::uint32_t> with(const std::vector<std::string>& functions, ShowResources& resources) const {
    for (std::uint32_t id = 0; id < most_stacks; ++id)
      if (holds(names(show_stack(id, beside(), resources)), functions)) return id;
    return std::nullopt;
  }
  Map stacks, ids;
  TargetProcess process;
};

}  // namespace

TEST_CASE("the functions of a user stack are those that called each other") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  const Faulted faulted("chain", stack_map());
  ShowResources resources;
  const auto id = faulted.with(chain, resources);
  REQUIRE(id);
  CHECK(std::ranges::none_of(show_stack(*id, faulted.beside(), resources), &ShownFrame::kernel));
  CHECK(show_stack(*id, faulted.beside(), resources).at(2).text.ends_with("[chain]"));
  CHECK(show_stack(*id, faulted.beside(), resources).at(2).module.ends_with("/chain"));
  const auto schema = plain_integer(4);
  CHECK_THAT(show(Show::stack, RecordView(object_bytes(*id), schema), faulted.beside(), resources),
             test::Contains("chain_inner < chain::middle(") && test::Contains(" < chain_outer < main"));
  // Where a page fault interrupts user code there is no kernel stack.
  CHECK(read_stack(faulted.stacks, id_in(faulted.ids, 1)).missing == "no stack");
}

TEST_CASE("a stripped program's stack is named from its debug file") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  const Faulted faulted("chain_stripped", stack_map());
  ShowResources resources;
  CHECK(faulted.with(chain, resources));
}

TEST_CASE("a stack by build ids has the same functions") {
  SONDA_NEED_BPF();
  SONDA_NEED(can_open_perf(), "CAP_PERFMON");
  const Faulted faulted("chain", stack_map(true));
  ShowResources resources;
  CHECK(faulted.with(chain, resources));
  bool by_build_id = false;
  const auto own = ElfFile::open(target("chain")).build_id();
  for (std::uint32_t id = 0; id < most_stacks; ++id)
    for (const auto& frame : read_stack(faulted.stacks, id).frames) by_build_id = by_build_id || frame.build_id == own;
  CHECK(by_build_id);
}

TEST_CASE("a stack in the kernel has the kernel's functions, and the process's below") {
  SONDA_NEED_BPF();
  ShowResources resources;
  SONDA_NEED(resources.kernel.known(), "the kernel's addresses (kernel.kptr_restrict)");
  const auto stacks = stack_map();
  const auto ids = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 2);
  TargetProcess process(target("chain"), {"--calls", "20", "--wait-for-newline"});
  process.line();
  process.settle();
  const auto program = load(BPF_PROG_TYPE_RAW_TRACEPOINT, collector(stacks, ids, process.pid()));
  const UniqueFd link(bpf_raw_tracepoint_open("sys_enter", program.get()));
  REQUIRE(link);
  process.go_on();
  process.line();
  process.settle();
  const ShowBeside beside{.pid = process.pid(), .stacks = &stacks};
  const auto kernel = show_stack(id_in(ids, 1), beside, resources);
  INFO(names(kernel).back());
  CHECK(std::ranges::all_of(kernel, &ShownFrame::kernel));
  CHECK(std::ranges::any_of(names(kernel), [](const std::string& name) { return name.starts_with("do_syscall"); }));
  const auto shows_chain = [&](std::uint32_t id) {
    // The C library's syscall() has no frame of its own, so that its caller is passed over.
    return holds(names(show_stack(id, beside, resources)), {"chain_outer", "main"});
  };
  bool found = false;
  for (std::uint32_t id = 0; id < most_stacks; ++id) found = found || shows_chain(id);
  CHECK(found);
}

TEST_CASE("the kernel's functions are found by name and by address") {
  KernelSymbols kernel;
  SONDA_NEED(kernel.known(), "the kernel's addresses (kernel.kptr_restrict)");
  CHECK(kernel.size() > 1000);
  const auto address = kernel.address_of("do_exit");
  REQUIRE(address);
  CHECK(is_kernel_address(*address));
  CHECK(kernel.find(*address + 1).offset == 1);
  CHECK(kernel.address_of(kernel.find(*address).name) == address);
}

TEST_CASE("an id that no stack has is said to have none") {
  SONDA_NEED_BPF();
  const auto stacks = stack_map();
  CHECK(read_stack(stacks, 3).missing == "stack lost: it is in the map no more");
  ShowResources resources;
  CHECK(names(show_stack(3, {.stacks = &stacks}, resources)) ==
        std::vector<std::string>{"[stack lost: it is in the map no more]"});
}
