// Programs on entry to, or return from, functions of the kernel.
#include <fmt/format.h>

#include <cerrno>

#include "base/files.h"
#include "base/text.h"
#include "kernel/kernel.h"
#include "runtime/attach/perf_open.h"

namespace sonda {
namespace {

Error missing_kprobes(const Kprobe& point) {
  Error error(Stage::attach, to_string(AttachPoint(point)), "this kernel was built without CONFIG_KPROBES",
              "use a tracepoint (tracepoint:CATEGORY:NAME), or a uprobe on the user-space function");
  return std::move(error.with_exit(Exit::cannot_run));
}

// Lines of kallsyms are "ADDRESS TYPE NAME [MODULE]"; the names are there for everybody, the addresses only for root.
std::vector<std::string> kernel_functions() {
  const auto text = try_read_file("/proc/kallsyms").value_or("");
  std::vector<std::string> names;
  for (const auto line : split_lines(text)) {
    const auto words = split(line, ' ');
    if (words.size() < 3 || (words[1] != "t" && words[1] != "T" && words[1] != "w" && words[1] != "W")) continue;
    names.emplace_back(words[2].substr(0, words[2].find('\t')));
  }
  return names;
}

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

}  // namespace

Attached attach_kprobe(const Program& program, const Kprobe& point) {
  const auto pmu = dynamic_pmu("kprobe");
  if (!pmu) throw missing_kprobes(point);
  perf_event_attr attributes{};
  attributes.type = pmu->type;
  attributes.config = point.on_return ? pmu->on_return : 0;
  if (const auto* symbol = std::get_if<Symbol>(&point.place)) {
    attributes.kprobe_func = reinterpret_cast<std::uintptr_t>(symbol->name.c_str());
    attributes.probe_offset = symbol->offset;
  } else {
    attributes.kprobe_addr = std::get<Address>(point.place).value;
  }
  auto event = open_perf_event(attributes, -1, online_cpus().front());
  if (!event) throw open_error(point, errno);
  return put_on_new_event(program, std::move(event), to_string(AttachPoint(point)));
}

}  // namespace sonda
