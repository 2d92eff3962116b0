#include "attach/btf_target.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "attach/here/btf_names.h"
#include "attach/perf_open.h"
#include "base/text.h"
#include "kernel/kernel.h"
#include "kernel/libbpf.h"
#include "kernel/privilege.h"

namespace sonda {
namespace {

/// How the kernel's BTF spells the targets of a kind of program, and how messages speak of them.
struct Spelling {
  BtfSpelling in_btf;
  std::string_view what;    // as messages call one
  std::string_view lacks;   // what the kernel has none of without `option`
  std::string_view option;  // what gives the kernel such targets
};

Spelling spelling_of(const ProgramKind& kind) {
  if (kind.type == BPF_PROG_TYPE_LSM)
    return {btf_lsm_hooks, "hook of security modules", "hooks for BPF", "CONFIG_BPF_LSM (Linux 5.7)"};
  if (kind.attach_type == BPF_TRACE_ITER) return {btf_iterators, "iterator", "iterators", "Linux 5.8"};
  if (kind.attach_type == BPF_TRACE_RAW_TP)
    return {btf_tracepoints, "tracepoint", "tracepoints with types", "Linux 5.5"};
  return {btf_functions, "function", "functions with types", "Linux 5.5"};
}

/// What does the same, or nearly, on a kernel without it.
std::string instead_of(const ProgramKind& kind) {
  const bool kprobes = dynamic_pmu("kprobe").has_value();
  constexpr auto by_tracepoint = "use a tracepoint (tracepoint:CATEGORY:NAME); this kernel has no kprobes either";
  if (kind.type == BPF_PROG_TYPE_LSM)
    return kprobes ? fmt::format("use kprobe:security_{} to see what is asked; it cannot refuse it", kind.target)
                   : std::string(by_tracepoint);
  if (kind.attach_type == BPF_TRACE_ITER) return "read what you look for below /proc or /sys";
  if (kind.attach_type == BPF_TRACE_RAW_TP) return fmt::format("use rawtracepoint:{}", kind.target);
  if (!kprobes) return by_tracepoint;
  if (kind.attach_type == BPF_MODIFY_RETURN)
    return fmt::format("use kretprobe:{} to see what it gives; it cannot change it", kind.target);
  return fmt::format("use {}:{}", kind.attach_type == BPF_TRACE_FEXIT ? "kretprobe" : "kprobe", kind.target);
}

/// The kernel's own copy of a module's BTF.
UniqueFd btf_object(const std::string& module) {
  for (std::uint32_t id = 0; ::bpf_btf_get_next_id(id, &id) == 0;) {
    UniqueFd object(::bpf_btf_get_fd_by_id(id));
    if (!object) continue;  // gone meanwhile
    std::array<char, 64> name{};
    bpf_btf_info info{};
    info.name = reinterpret_cast<std::uintptr_t>(name.data());
    info.name_len = name.size();
    std::uint32_t size = sizeof info;
    if (::bpf_obj_get_info_by_fd(object.get(), &info, &size) != 0 || info.kernel_btf == 0) continue;
    if (name.data() == module) return object;
  }
  return {};
}

class TypeSearch {
 public:
  TypeSearch(const ProgramKind& kind, const std::string& subject)
      : kind_(kind), subject_(subject), spelling_(spelling_of(kind)), kernel_(btf__load_vmlinux_btf()) {}

  BtfTarget find() const {
    if (kernel_ == nullptr) throw no_types();
    if (kind_.module.empty()) return find_anywhere(kind_.target);
    const auto modules = modules_with_types();
    if (std::find(modules.begin(), modules.end(), kind_.module) == modules.end()) return find_without_module(modules);
    if (auto found = find_in_module(kind_.module, kind_.target); found.type != 0) return found;
    throw missing(names_of_module(kind_.module));
  }

 private:
  Error no_types() const {
    return Error(Stage::load, subject_,
                 "this kernel does not tell its types: it was built without CONFIG_DEBUG_INFO_BTF", instead_of(kind_))
        .with_exit(Exit::cannot_run);
  }

  Error missing(const std::vector<std::string>& names) const {
    if (names.empty())
      return Error(Stage::load, subject_, fmt::format("this kernel has no {} ({})", spelling_.lacks, spelling_.option),
                   instead_of(kind_))
          .with_exit(Exit::cannot_run);
    constexpr std::size_t readable = 80;
    std::string otherwise;
    if (names.size() <= readable)
      otherwise = fmt::format("there are: {}", join(names, ", "));
    else if (spelling_.in_btf.prefix.empty())
      otherwise = "one that the compiler inlined everywhere is no function any more";
    return {Stage::load, subject_,
            kind_.module.empty()
                ? fmt::format("the kernel has no {} '{}'", spelling_.what, kind_.target)
                : fmt::format("the module '{}' has no {} '{}'", kind_.module, spelling_.what, kind_.target),
            did_you_mean(kind_.target, names, std::move(otherwise))};
  }

  BtfTarget find_anywhere(const std::string& target) const {
    if (const auto type = find_in_btf(*kernel_, spelling_.in_btf, target); type != 0) return {type, {}};
    for (const auto& module : modules_with_types())
      if (auto found = find_in_module(module, target); found.type != 0) return found;
    throw missing(names_of_kernel());
  }

  std::vector<std::string> names_of_kernel() const {
    return kind_.attach_type == BPF_TRACE_ITER ? iterators_in_btf(*kernel_) : names_in_btf(*kernel_, spelling_.in_btf);
  }

  // BCC's names of functions may say "a__b" for the function b of a module a, or for a function called so.
  BtfTarget find_without_module(const std::vector<std::string>& modules) const {
    if (const auto type = find_in_btf(*kernel_, spelling_.in_btf, kind_.module + "__" + kind_.target); type != 0)
      return {type, {}};
    throw Error(Stage::load, subject_, fmt::format("no module '{}' that tells its types is loaded", kind_.module),
                did_you_mean(kind_.module, modules, "load it first: modprobe " + kind_.module));
  }

  BtfTarget find_in_module(const std::string& module, const std::string& target) const {
    const BtfPointer types(btf__load_module_btf(module.c_str(), kernel_.get()));
    const auto type = types == nullptr ? 0 : find_in_btf(*types, spelling_.in_btf, target);
    if (type == 0) return {};
    auto object = btf_object(module);
    return object ? BtfTarget{type, std::move(object)} : BtfTarget{};
  }

  std::vector<std::string> names_of_module(const std::string& module) const {
    const BtfPointer types(btf__load_module_btf(module.c_str(), kernel_.get()));
    return types == nullptr ? std::vector<std::string>{}
                            : names_in_btf(*types, spelling_.in_btf, first_own_type(*types));
  }

  const ProgramKind& kind_;
  const std::string& subject_;
  Spelling spelling_;
  BtfPointer kernel_;
};

bool runs_in_trampoline(const ProgramKind& kind) {
  return kind.type == BPF_PROG_TYPE_LSM ||
         (kind.type == BPF_PROG_TYPE_TRACING &&
          (kind.attach_type == BPF_TRACE_FENTRY || kind.attach_type == BPF_TRACE_FEXIT ||
           kind.attach_type == BPF_MODIFY_RETURN));
}

}  // namespace

BtfTarget find_btf_target(const ProgramKind& kind, const std::string& subject) {
  if (kind.target.empty()) return {};
  const QuietLibbpf quiet;
  return TypeSearch(kind, subject).find();
}

std::optional<Error> refusal_of_kind(const ProgramKind& kind, const std::string& subject, int error_number) {
  if (!runs_in_trampoline(kind) || (error_number != EPERM && error_number != EACCES)) return std::nullopt;
  if (!has_capability(Capability::bpf) || !has_capability(Capability::perfmon)) return std::nullopt;
  const auto lock = lockdown();
  Error error(
      Stage::load, subject,
      fmt::format(
          "this kernel refuses programs in BPF trampolines (fentry, fexit, fmod_ret, lsm), although the privilege "
          "for them is there{}",
          lock == "none" ? "" : fmt::format("; it is locked down ({})", lock)),
      instead_of(kind));
  return std::move(error.with_exit(Exit::cannot_run));
}

Attached attach_to_target(const Program& program, const std::string& subject) {
  UniqueFd link(::bpf_raw_tracepoint_open(nullptr, program.fd()));
  if (link) return held_by(std::move(link));
  const int why = errno;
  constexpr int kernels_own_enotsupp = 524;  // leaks out of the kernel, and has no name outside
  if (why == kernels_own_enotsupp || why == EOPNOTSUPP)
    throw cannot_attach(subject, "this kernel lacks CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS, which this needs",
                        instead_of(program.kind()));
  if (why == E2BIG)
    throw Error(Stage::attach, subject, "as many programs as the kernel allows are at this function already");
  if (why == EBUSY || why == EINVAL || why == ENODEV)
    throw Error(Stage::attach, subject, "the kernel cannot patch this function, or somebody else has patched it",
                instead_of(program.kind()));
  throw perf_error(subject, "the kernel does not attach the program", why);
}

Attached attach_at(const Program& program, const BtfTracepoint& point) {
  return attach_to_target(program, to_string(point));
}

Attached attach_at(const Program& program, const ModifyReturn& point) {
  return attach_to_target(program, to_string(point));
}

Attached attach_at(const Program& program, const Fentry& point) { return attach_to_target(program, to_string(point)); }

}  // namespace sonda
