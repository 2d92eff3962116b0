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

/// Words that a function which runs on a return is called by, at its end.
constexpr std::array<std::string_view, 10> return_words{"return",   "returns",   "returned",  "ret",  "exit",
                                                        "retprobe", "kretprobe", "uretprobe", "done", "leave"};

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
  /// Its name without the words that say it runs on a return.
  std::string_view name_before_return() const {
    std::string_view text = name;
    while (true) {
      const auto last = text.rfind('_');
      const auto word = last == text.npos ? text : text.substr(last + 1);
      if (std::ranges::find(return_words, word) == return_words.end()) return text;
      text = text.substr(0, last == text.npos ? 0 : last);
    }
  }
  /// What has arguments reads them on the entry.
  bool is_on_return() const {
    return speaks_of("PT_REGS_RC") || (arguments().empty() && name_before_return().size() < name.size());
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

  /// Gives `returning`, of whose points nothing is known, the return of where its sibling is.
  void by_sibling(const Asked& returning, Proposal& proposal, const std::vector<Proposal>& others) const {
    std::vector<std::pair<std::size_t, std::string>> siblings;
    const auto consider = [&](const std::string& function, const std::string& point) {
      if (point.starts_with("kprobe:") || point.starts_with("uprobe:"))
        siblings.emplace_back(common_words(returning.name, function), point.substr(0, 1) + "ret" + point.substr(1));
    };
    for (const auto& one : attached_) {
      auto point = one.point;
      if (auto* pid = process_of(point)) *pid = all_pids;  // the run's own
      consider(one.function, to_string(point));
    }
    for (const auto& one : others)
      for (const auto& point : one.points) consider(one.function, point);
    if (siblings.empty()) return;
    const auto best = std::ranges::max_element(siblings, {}, [](const auto& one) { return one.first; });
    if (best->first > 0 || siblings.size() == 1) proposal.points = {best->second};
  }

 private:
  /// `trace_do_exit`: what looks like a return is a part of the function's own name.
  bool is_named_after_exit(const Asked& asked) const {
    if (asked.speaks_of("PT_REGS_RC")) return false;
    const auto part = longest_part(asked.name, [this](auto one) { return kernel_.has_function(one); });
    return asked.name.ends_with(part) && words_of(part).size() > 1;
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
    const auto name = returns ? std::string(asked.name_before_return()) : asked.name;
    for (const auto& function : matching_kernel_functions(kernel_, name, arguments))
      proposal.points.push_back(fmt::format("{}:{}", kind, function));
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
  const auto is_kprobe = [](const std::string& point) {
    return point.starts_with("kprobe:") || point.starts_with("kretprobe:");
  };
  const bool wants_kprobes =
      std::ranges::any_of(proposals, [&](const Proposal& one) { return std::ranges::any_of(one.points, is_kprobe); });
  return fmt::format(
      "these points go by what the functions are called and take{}; or write '// @attach POINT' above each",
      wants_kprobes && !dynamic_pmu("kprobe") ? ", but this kernel has no kprobes" : "");
}

}  // namespace sonda::front
