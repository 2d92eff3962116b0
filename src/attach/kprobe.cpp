// Programs on entry to, or return from, functions of the kernel.
#include <bpf/bpf.h>
#include <fmt/format.h>

#include <cerrno>

#include "attach/kernel_functions.h"
#include "attach/perf_open.h"
#include "base/text.h"
#include "image/instructions.h"
#include "kernel/arch.h"
#include "kernel/kernel.h"

namespace sonda {
namespace {

// One by one: each is an event of its own, and some hundredths of a second go by until the kernel has ended it.
constexpr std::size_t most_events = 500;

Error open_error(const Kprobe& point, int why) {
  auto subject = to_string(AttachPoint(point));
  const auto* symbol = std::get_if<Symbol>(&point.place);
  if (why == ENOENT && symbol)
    return {Stage::attach, std::move(subject), fmt::format("the kernel has no function '{}'", symbol->name),
            did_you_mean(symbol->name, kernel_functions(), "its functions are listed in /proc/kallsyms")};
  if (why == ENOENT)
    return {Stage::attach, std::move(subject), "there is no function of the kernel at that address",
            "as root, /proc/kallsyms tells the addresses"};
  if (why == EADDRNOTAVAIL)
    return {Stage::attach, std::move(subject), "several functions of the kernel have this name",
            "give its address instead: kprobe:0xADDRESS"};
  if (why == EILSEQ)
    return {Stage::attach, std::move(subject), "that place is inside an instruction, not at the start of one"};
  if (why == EINVAL)
    return {Stage::attach, std::move(subject),
            "the kernel does not allow a probe there: it protects this function, or the place is in none",
            "/sys/kernel/debug/kprobes/blacklist lists the protected ones; a return probe needs a function's start"};
  return perf_error(std::move(subject), "the kernel refuses this kprobe", why);
}

bool refuses_this_function(int why) {
  return why == ENOENT || why == EINVAL || why == EADDRNOTAVAIL || why == EILSEQ || why == EOPNOTSUPP;
}

/// Opens the events of one attach point.
class Opener {
 public:
  explicit Opener(const Kprobe& point) : point_(point), pmu_(dynamic_pmu("kprobe")), cpu_(online_cpus().front()) {
    if (!pmu_) throw no_kprobes(to_string(AttachPoint(point)));
  }

  /// None, with errno, if the kernel refuses.
  UniqueFd open(const std::string& function, std::uint64_t offset) const {
    perf_event_attr attributes{};
    attributes.kprobe_func = reinterpret_cast<std::uintptr_t>(function.c_str());
    attributes.probe_offset = offset;
    return open(attributes);
  }
  UniqueFd open(std::uint64_t address) const {
    perf_event_attr attributes{};
    attributes.kprobe_addr = address;
    return open(attributes);
  }

 private:
  // The breakpoint is on all CPUs; which one the event counts on does not matter to the program.
  UniqueFd open(perf_event_attr& attributes) const {
    attributes.type = pmu_->type;
    attributes.config = point_.on_return ? pmu_->on_return : 0;
    return open_perf_event(attributes, all_pids, cpu_);
  }

  const Kprobe& point_;
  std::optional<DynamicPmu> pmu_;
  int cpu_;
};

UniqueFd open_place(const Opener& opener, const Place& place) {
  const auto* symbol = std::get_if<Symbol>(&place);
  if (symbol == nullptr) return opener.open(std::get<Address>(place).value);
  auto event = opener.open(symbol->name, symbol->offset);
  if (event || errno != ENOENT) return event;
  const auto call = arch::system_call(symbol->name);
  if (call.empty()) {
    errno = ENOENT;
    return event;
  }
  return opener.open(std::string(arch::system_call_entry) + std::string(call), symbol->offset);
}

/// The functions of a pattern.
MatchedFunctions functions_of(const Kprobe& point) {
  const auto& pattern = std::get<Symbol>(point.place).name;
  auto matched = match_kernel_functions(pattern);
  if (!matched.names.empty()) return matched;
  if (matched.skipped != 0)
    throw Error(Stage::attach, to_string(AttachPoint(point)),
                fmt::format("none of the {} functions that match can be probed by name", matched.skipped),
                "the kernel protects some, and some share their name: probe one by its address, kprobe:0xADDRESS");
  auto letters = pattern;
  std::erase_if(letters, [](char c) { return !is_name_character(c); });
  throw Error(Stage::attach, to_string(AttachPoint(point)), "no function of the kernel matches",
              did_you_mean(letters, kernel_functions(), "its functions are listed in /proc/kallsyms"));
}

Attached attach_one_by_one(const Program& program, const Kprobe& point) {
  const Opener opener(point);
  const auto subject = to_string(AttachPoint(point));
  const auto matched = functions_of(point);
  if (matched.names.size() > most_events)
    throw Error(Stage::attach, subject,
                fmt::format("{} functions match; this kernel attaches them one by one, at most {}",
                            matched.names.size(), most_events),
                "give a narrower pattern; many in one call need CONFIG_FPROBE and Linux 5.18");
  Attached all;
  all.skipped = matched.skipped;
  for (const auto& name : matched.names) {
    auto event = opener.open(name, 0);
    if (!event && !refuses_this_function(errno)) throw open_error(point, errno);
    if (!event) {
      ++all.skipped;
      continue;
    }
    if (auto link = put_on_event(program, event.get(), subject)) all.links.push_back(std::move(link));
    all.events.push_back(std::move(event));
  }
  all.places = all.events.size();
  if (all.places == 0)
    throw Error(Stage::attach, subject, fmt::format("the kernel protects all {} functions that match", all.skipped),
                "/sys/kernel/debug/kprobes/blacklist lists the protected ones");
  return all;
}

Attached attach_in_one_call(const Program& program, const Kprobe& point) {
  const auto subject = to_string(AttachPoint(point));
  const auto matched = functions_of(point);
  std::vector<const char*> names;
  names.reserve(matched.names.size());
  for (const auto& name : matched.names) names.push_back(name.c_str());
  bpf_link_create_opts options{};
  options.sz = sizeof options;
  options.kprobe_multi.flags = point.on_return ? BPF_F_KPROBE_MULTI_RETURN : 0;
  options.kprobe_multi.cnt = static_cast<__u32>(names.size());
  options.kprobe_multi.syms = names.data();
  UniqueFd link(::bpf_link_create(program.fd(), 0, BPF_TRACE_KPROBE_MULTI, &options));
  if (!link) throw perf_error(subject, fmt::format("the kernel refuses these {} kprobes", names.size()), errno);
  auto attached = held_by(std::move(link));
  attached.places = names.size();
  attached.skipped = matched.skipped;
  return attached;
}

/// Whether the kernel attaches a program to many functions in one call.
bool has_kprobe_multi() {
  constexpr std::uint32_t first_with_multi = 5U << 16 | 18U << 8;
  if (kernel_version_code() < first_with_multi) return false;
  const bpf_insn nothing[] = {make_instruction(BPF_ALU64 | BPF_MOV | BPF_K), make_instruction(BPF_JMP | BPF_EXIT)};
  bpf_prog_load_opts options{};
  options.sz = sizeof options;
  options.expected_attach_type = BPF_TRACE_KPROBE_MULTI;
  const UniqueFd program(::bpf_prog_load(BPF_PROG_TYPE_KPROBE, "try", "GPL", nothing, std::size(nothing), &options));
  if (!program) return false;
  // A kernel with CONFIG_FPROBE looks at the functions, and there are none; one without does not.
  bpf_link_create_opts no_functions{};
  no_functions.sz = sizeof no_functions;
  const UniqueFd link(::bpf_link_create(program.get(), 0, BPF_TRACE_KPROBE_MULTI, &no_functions));
  return !link && errno == EINVAL;
}

}  // namespace

Attached attach_at(const Program& program, const Kprobe& point) {
  if (is_for_many(point.place))
    return program.kind().attach_type == BPF_TRACE_KPROBE_MULTI ? attach_in_one_call(program, point)
                                                                : attach_one_by_one(program, point);
  auto event = open_place(Opener(point), point.place);
  if (!event) throw open_error(point, errno);
  return put_on_new_event(program, std::move(event), to_string(AttachPoint(point)));
}

ProgramKind kind_of_kprobe(const Kprobe& point) {
  if (is_for_many(point.place) && has_kprobe_multi()) return {BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI};
  return BPF_PROG_TYPE_KPROBE;
}

}  // namespace sonda
