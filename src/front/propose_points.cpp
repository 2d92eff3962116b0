#include "front/propose_points.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "attach/perf_open.h"
#include "base/text.h"
#include "front/kernel_match.h"
#include "kernel/arch.h"
#include "kernel/tracefs.h"
#include "runtime/kinds.h"
#include "source/attach_notation.h"

namespace sonda::front {
namespace {

constexpr std::string_view tracepoint_struct = "tracepoint__", system_call_name = "syscall__";

/// Words that a function which runs on a return, or on an entry, is called by, at its end; and any, at its beginning.
constexpr std::array<std::string_view, 10> return_words{"return",   "returns",   "returned",  "ret",  "exit",
                                                        "retprobe", "kretprobe", "uretprobe", "done", "leave"};
constexpr std::array<std::string_view, 4> entry_words{"entry", "enter", "start", "begin"};
constexpr std::array<std::string_view, 9> first_words{"trace", "on",     "do",        "handle", "count",
                                                      "probe", "kprobe", "kretprobe", "ret"};

bool is_one_of(std::string_view word, const auto& words) { return std::ranges::find(words, word) != words.end(); }

std::string_view without_last(std::string_view name, const auto& words) {
  while (true) {
    const auto last = name.rfind('_');
    if (!is_one_of(last == name.npos ? name : name.substr(last + 1), words)) return name;
    name = name.substr(0, last == name.npos ? 0 : last);
  }
}

std::string_view without_first(std::string_view name, const auto& words) {
  while (true) {
    const auto first = name.find('_');
    if (first == name.npos || !is_one_of(name.substr(0, first), words)) return name;
    name = name.substr(first + 1);
  }
}

/// What a name speaks of: "vfs_read" of "trace_vfs_read_return", nothing of "do_exit".
std::string_view subject_of(std::string_view name) {
  const auto subject = without_first(without_last(without_last(name, return_words), entry_words), first_words);
  return is_one_of(subject, first_words) ? std::string_view() : subject;
}

/// A function of the probe, as far as its text and its types tell.
struct Asked {
  std::string name;
  std::string context;  ///< the struct that it is given: "pt_regs"
  FunctionSignature signature;

  std::vector<WrittenType> arguments() const {
    auto all = signature.parameters;
    if (!all.empty()) all.erase(all.begin());
    return all;
  }
  bool speaks_of(std::string_view word) const {
    return std::ranges::any_of(signature.body_names, [&](auto one) { return one.starts_with(word); });
  }
  /// What has arguments reads them on the entry.
  bool is_on_return() const {
    return speaks_of("PT_REGS_RC") || (arguments().empty() && without_last(name, return_words).size() < name.size());
  }
};

Asked asked_of(const ProbeSource& source, const Image& image, const std::string& name) {
  Asked asked{.name = name, .context = context_of(image, image.program(name)), .signature = {}};
  if (auto signature = signature_of(source.text(), name)) asked.signature = std::move(*signature);
  return asked;
}

class Proposer {
 public:
  explicit Proposer(const std::vector<Attachment>& attached) : attached_(attached) {}

  /// Those on entries first: who runs on a return goes by them.
  Proposal propose(const Asked& asked) const {
    Proposal proposal{.function = asked.name, .points = {}, .form = {}};
    if (asked.context == "pt_regs") {
      of_registers(asked, proposal);
    } else if (asked.context.starts_with(tracepoint_struct)) {
      of_tracepoint(asked, proposal);
    } else if (asked.context == "bpf_raw_tracepoint_args") {
      const auto name = longest_part(asked.name, [this](auto part) { return kernel_.has_raw_tracepoint(part); });
      if (!name.empty()) proposal.points = {fmt::format("rawtracepoint:{}", name)};
      proposal.form = "rawtracepoint:NAME";
    } else if (asked.context == "bpf_perf_event_data") {
      proposal.points = {perf_event(asked.name)};
    } else if (asked.context == "xdp_md") {
      proposal.points = {"xdp:lo"};
    } else if (asked.context == "__sk_buff") {
      const bool leaves = common_words(asked.name, "egress_out_send_sent") > 0;
      proposal.points = {leaves ? "tc:lo:egress" : "tc:lo:ingress", "socket:lo"};
      if (common_words(asked.name, "socket_filter") > 0) std::ranges::reverse(proposal.points);
    } else {
      proposal.form = "any point that its context fits";
    }
    return proposal;
  }

  /// Gives `returning`, of whose points nothing is known, the returns of where its sibling is: one that speaks of the
  /// same, else a system call of its name, else the only other one.
  void by_sibling(const Asked& returning, Proposal& proposal, const std::vector<Proposal>& others) const {
    std::vector<Proposal> entries;
    for (const auto& one : attached_) {
      auto point = one.point;
      if (auto* pid = process_of(point)) *pid = all_pids;  // the run's own
      add_returns(entries, {.function = one.function, .points = {to_string(point)}, .form = {}});
    }
    for (const auto& one : others) add_returns(entries, one);
    const auto common = [&](const Proposal& one) {
      return common_words(subject_of(returning.name), subject_of(one.function));
    };
    const auto best = std::ranges::max_element(entries, {}, common);
    if (best != entries.end() && common(*best) > 0)
      proposal.points = best->points;
    else if (const auto call = matching_system_call(kernel_, subject_of(returning.name)); !call.empty())
      proposal.points = {"kretprobe:sys_" + call};
    else if (entries.size() == 1)
      proposal.points = best->points;
  }

 private:
  static void add_returns(std::vector<Proposal>& entries, Proposal entry) {
    std::erase_if(entry.points, [](const std::string& point) {
      return !point.starts_with("kprobe:") && !point.starts_with("uprobe:");
    });
    for (auto& point : entry.points) point.insert(1, "ret");
    if (!entry.points.empty()) entries.push_back(std::move(entry));
  }

  /// `trace_do_exit`: what looks like a return is a part of the function's own name.
  bool is_named_after_exit(const Asked& asked) const {
    if (asked.speaks_of("PT_REGS_RC")) return false;
    const auto part = longest_part(asked.name, [this](auto one) { return kernel_.has_function(one); });
    return part.size() < asked.name.size() && asked.name.ends_with(part) && words_of(part).size() > 1;
  }

  void of_registers(const Asked& asked, Proposal& proposal) const {
    const bool returns = asked.is_on_return() && !is_named_after_exit(asked);
    const auto* kind = returns ? "kretprobe" : "kprobe";
    proposal.form =
        returns ? "kretprobe:FUNCTION or uretprobe:BINARY:FUNCTION" : "kprobe:FUNCTION or uprobe:BINARY:FUNCTION";
    if (asked.name.starts_with(system_call_name)) {
      const auto call = asked.name.substr(system_call_name.size());
      if (kernel_.empty() || kernel_.has_function(std::string(arch::system_call_entry) + call))
        proposal.points = {fmt::format("{}:sys_{}", kind, call)};
      return;
    }
    const auto arguments = returns ? std::vector<WrittenType>() : asked.arguments();
    // The kernel has functions called trace_..., and probes have more of them.
    const auto name = without_first(returns ? without_last(asked.name, return_words) : std::string_view(asked.name),
                                    std::array<std::string_view, 1>{"trace"});
    for (const auto& function : matching_kernel_functions(kernel_, name, subject_of(asked.name), arguments))
      proposal.points.push_back(fmt::format("{}:{}", kind, function));
    if (returns || !arguments.empty() || !proposal.points.empty()) return;
    if (const auto call = matching_system_call(kernel_, subject_of(asked.name)); !call.empty())
      proposal.points = {"kprobe:sys_" + call};
  }

  static void of_tracepoint(const Asked& asked, Proposal& proposal) {
    const auto name = asked.context.substr(tracepoint_struct.size());
    const auto between = name.find("__");
    if (between == name.npos) return;
    const auto category = name.substr(0, between), event = name.substr(between + 2);
    proposal.form = "tracepoint:CATEGORY:NAME";
    try {
      if (!Tracefs().read_if_there(fmt::format("events/{}/{}/id", category, event))) return;
    } catch (const Error&) {
      // That it is there cannot be told.
    }
    proposal.points = {fmt::format("tracepoint:{}:{}", category, event)};
  }

  /// The event all of whose words the name has, be it in the singular; else a sample of what runs.
  static std::string perf_event(const std::string& name) {
    std::size_t most = 0;
    std::string point = "profile:hz:49";
    for (const auto& event : software_events()) {
      const bool ticks = event.id == software::cpu_clock || event.id == software::task_clock;
      const auto words = split(event.name, '-');
      if (ticks || words.size() <= most || !std::ranges::all_of(words, [&](auto word) { return speaks(name, word); }))
        continue;
      most = words.size();
      point = fmt::format("software:{}:1", event.name);
    }
    return point;
  }

  static bool speaks(const std::string& name, std::string_view plural) {
    for (const std::string_view end : {"", "s", "es"})
      if (plural.ends_with(end) && common_words(name, plural.substr(0, plural.size() - end.size())) > 0) return true;
    return false;
  }

  const std::vector<Attachment>& attached_;
  KernelPrototypes kernel_;
};

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + '\'';
}

}  // namespace

std::vector<Proposal> propose_points(const ProbeSource& source, const Image& image,
                                     const std::vector<std::string>& functions,
                                     const std::vector<Attachment>& attached) {
  const Proposer proposer(attached);
  std::vector<Asked> asked;
  std::vector<Proposal> proposals;
  for (const auto& function : functions) {
    asked.push_back(asked_of(source, image, function));
    proposals.push_back(proposer.propose(asked.back()));
  }
  for (std::size_t i = 0; i < asked.size(); ++i)
    if (proposals[i].points.empty() && asked[i].context == "pt_regs" && asked[i].is_on_return())
      proposer.by_sibling(asked[i], proposals[i], proposals);
  return proposals;
}

std::vector<std::string> proposal_lines(const std::vector<Proposal>& proposals) {
  std::vector<std::string> lines;
  for (const auto& proposal : proposals) {
    const auto* before = "";
    for (const auto& point : proposal.points) {
      lines.push_back(fmt::format("  {}--attach {}", before, quoted(point + '=' + proposal.function)));
      before = "or ";
    }
    if (proposal.points.empty()) lines.push_back(fmt::format("  {}: {}", proposal.function, proposal.form));
  }
  return lines;
}

std::string proposal_hint(const std::vector<Proposal>& proposals) {
  const auto any = [&](const auto& of_point) {
    return std::ranges::any_of(proposals, [&](const auto& one) { return std::ranges::any_of(one.points, of_point); });
  };
  if (!any([](const auto&) { return true; }))
    return "say it with --attach POINT=FUNCTION, or write '// @attach POINT' above each";
  const bool wants_kprobes =
      any([](const auto& point) { return point.starts_with("kprobe:") || point.starts_with("kretprobe:"); });
  const auto* lack = wants_kprobes && !dynamic_pmu("kprobe") ? ", but this kernel has no kprobes" : "";
  return fmt::format(
      "these points go by what the functions are called and take{}; or write '// @attach POINT' above each", lack);
}

}  // namespace sonda::front
