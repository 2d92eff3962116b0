#include "attach/here/kernel_points.h"

#include <algorithm>

#include "attach/btf_target.h"
#include "attach/here/tracepoints.h"
#include "attach/kernel_functions.h"
#include "attach/perf_open.h"
#include "attach/points.h"
#include "base/files.h"
#include "base/text.h"
#include "kernel/kernel.h"

namespace sonda {
namespace {

std::string or_all(std::string_view pattern) { return pattern.empty() ? "*" : std::string(pattern); }

Prototype prototype_of(const BtfName& function) {
  return prototype_of_function(*function.types, function.id, function.name);
}

/// Functions whose results programs may replace: what the kernel asks its security modules, and what it lets errors be
/// injected into.
std::unordered_set<std::string> injectable_functions() {
  std::unordered_set<std::string> names;
  const auto text = try_read_file("/sys/kernel/debug/error_injection/list").value_or("");
  for (const auto line : split_lines(text)) names.emplace(line.substr(0, line.find_first_of(" \t")));
  return names;
}

}  // namespace

std::vector<PointHere> KernelPoints::find(std::string_view kind, const std::string& pattern, bool with_prototypes) {
  with_prototypes_ = with_prototypes;
  found_.clear();
  if (kind == "tracepoint") tracepoints(pattern);
  if (kind == "rawtracepoint" || kind == "btftracepoint") raw_tracepoints(kind, or_all(pattern));
  if (kind == "kprobe" || kind == "kretprobe") kprobes(or_all(pattern), kind == "kretprobe");
  if (kind == "fentry" || kind == "fexit") functions_with_types(pattern, kind == "fexit");
  if (kind == "fmod_ret") replaceable_functions(or_all(pattern));
  if (kind == "lsm") hooks(or_all(pattern));
  if (kind == "iter") iterators(or_all(pattern));
  return std::move(found_);
}

const TypesHere& KernelPoints::types() {
  if (!types_) types_ = std::make_unique<TypesHere>();
  return *types_;
}

const Tracefs& KernelPoints::tracefs() {
  if (!tracefs_) tracefs_ = std::make_unique<Tracefs>();
  return *tracefs_;
}

const std::vector<BtfName>& KernelPoints::functions() {
  if (functions_.empty()) functions_ = types().named(btf_functions);
  return functions_;
}

const BtfName* KernelPoints::function(std::string_view name) {
  const auto first = std::ranges::lower_bound(functions(), name, {}, &BtfName::name);
  return first != functions_.end() && first->name == name ? &*first : nullptr;
}

bool KernelPoints::is_traceable(const std::string& name) {
  if (!traceable_) traceable_ = traceable_kernel_functions();
  return traceable_->empty() || traceable_->contains(name);
}

template <class Describe>
void KernelPoints::add(std::string name, const AttachPoint& point, Describe describe) {
  PointHere here{.name = std::move(name), .point = to_string(point), .prototype = std::nullopt};
  if (with_prototypes_) here.prototype = describe();
  found_.push_back(std::move(here));
}

void KernelPoints::tracepoints(const std::string& pattern) {
  require_tracepoints(tracefs());
  const auto add_point = [&](const Tracepoint& point) {
    add(point.name, point, [&] { return fields_of(tracefs(), point); });
  };
  const auto colon = pattern.find(':');
  if (colon != pattern.npos) {
    const Tracepoint wanted{or_all(pattern.substr(0, colon)), or_all(pattern.substr(colon + 1))};
    for (const auto& point : matching_tracepoints(tracefs(), wanted)) add_point(point);
    return;
  }
  const auto either = or_all(pattern);
  for (const auto& point : matching_tracepoints(tracefs(), {"*", "*"}))
    if (matches_pattern(either, point.name) || matches_pattern(either, point.category)) add_point(point);
}

void KernelPoints::raw_tracepoints(std::string_view kind, const std::string& pattern) {
  const bool by_type = kind == "btftracepoint";
  const auto point = [&](const std::string& name) {
    return by_type ? AttachPoint(BtfTracepoint{name}) : AttachPoint(RawTracepoint{name});
  };
  if (!by_type && !has_btf()) {
    for (const auto& name : raw_tracepoint_names())
      if (matches_pattern(pattern, name)) add(name, point(name), [] { return Prototype(); });
    return;
  }
  for (const auto& one : types().named(btf_tracepoints)) {
    if (!matches_pattern(pattern, one.name)) continue;
    // The typedef has the types, and this function of the kernel the names.
    add(one.name, point(one.name), [&] {
      const auto* named = function("__traceiter_" + one.name);
      return prototype_of_tracepoint(*one.types, one.id, named != nullptr && named->types == one.types ? named->id : 0);
    });
  }
}

void KernelPoints::kprobes(const std::string& pattern, bool on_return) {
  if (!dynamic_pmu("kprobe")) throw no_kprobes(on_return ? "kretprobe" : "kprobe");
  const auto matched = match_kernel_functions(pattern);
  for (const auto& name : matched.names)
    add(name, Kprobe{Symbol{name, 0}, on_return}, [&] {
      const auto* typed = has_btf() ? function(name) : nullptr;
      return typed == nullptr ? Prototype() : prototype_of(*typed);
    });
}

/// "NAME" or "MODULE:NAME".
void KernelPoints::functions_with_types(const std::string& pattern, bool on_return) {
  const auto colon = pattern.find(':');
  const auto name = or_all(colon == pattern.npos ? pattern : pattern.substr(colon + 1));
  const auto module = colon == pattern.npos ? "*" : pattern.substr(0, colon);
  for (const auto& one : functions())
    if (matches_pattern(name, one.name) && matches_pattern(module, one.module.empty() ? "vmlinux" : one.module) &&
        is_traceable(one.name))
      add(one.name, Fentry{one.name, on_return, one.module}, [&] { return prototype_of(one); });
}

void KernelPoints::replaceable_functions(const std::string& pattern) {
  const auto injectable = injectable_functions();
  for (const auto& one : functions())
    if ((one.name.starts_with("security_") || injectable.contains(one.name)) && matches_pattern(pattern, one.name) &&
        one.module.empty() && is_traceable(one.name))
      add(one.name, ModifyReturn{one.name}, [&] { return prototype_of(one); });
}

void KernelPoints::hooks(const std::string& pattern) {
  const auto all = types().named(btf_lsm_hooks);
  if (all.empty())
    throw cannot_attach("lsm", "this kernel has no hooks for BPF (CONFIG_BPF_LSM, Linux 5.7)",
                        "kprobe:security_* sees the same questions");
  if (auto refusal = lsm_refusal("lsm")) throw std::move(*refusal);
  for (const auto& one : all)
    if (matches_pattern(pattern, one.name)) add(one.name, Lsm{one.name}, [&] { return prototype_of(one); });
}

void KernelPoints::iterators(const std::string& pattern) {
  auto names = iterators_in_btf(types().kernel());
  if (names.empty()) throw cannot_attach("iter", "this kernel has no iterators (Linux 5.8)");
  std::ranges::sort(names);
  for (const auto& name : names)
    if (matches_pattern(pattern, name))
      add(name, Iterator{name}, [&] {
        const auto context = find_in_btf(types().kernel(), btf_iterator_contexts, name);
        return members_of_struct(types().kernel(), context);
      });
}

}  // namespace sonda
