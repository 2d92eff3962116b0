#include "attach/kernel_functions.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <unordered_set>

#include "attach/points.h"
#include "base/files.h"
#include "base/text.h"
#include "kernel/arch.h"
#include "kernel/kallsyms.h"
#include "kernel/tracefs.h"

namespace sonda {
namespace {

std::string read_kallsyms() { return try_read_file("/proc/kallsyms").value_or(""); }

/// A pattern whose beginning, up to its first special character, is compared first: most names differ there.
class Pattern {
 public:
  explicit Pattern(const std::string& text) : text_(text), start_(text.substr(0, text.find_first_of("*?["))) {}
  bool matches(std::string_view name) const {
    return name.starts_with(start_) && matches_pattern(text_, std::string(name));
  }

 private:
  const std::string& text_;
  std::string start_;
};

/// What the kernel's function tracer can be at. A function that has several names is listed there by one of them, so
/// its address counts too.
class Traceable {
 public:
  explicit Traceable(const std::vector<KernelFunction>& all) : text_(read()) {
    for (const auto line : split_lines(text_)) names_.insert(line.substr(0, line.find(' ')));
    for (const auto& function : all)
      if (names_.contains(function.name)) addresses_.insert(function.address);
  }
  bool contains(const KernelFunction& function) const {
    return names_.empty() || names_.contains(function.name) ||
           (function.address != 0 && addresses_.contains(function.address));
  }

 private:
  static std::string read() {
    try {
      return Tracefs().try_read("available_filter_functions").value_or("");
    } catch (const Error&) {
      return {};  // kprobes can do without: what they cannot be at, the kernel refuses
    }
  }

  std::string text_;
  std::unordered_set<std::string_view> names_;
  std::unordered_set<std::uint64_t> addresses_;
};

bool is_part_of_function(std::string_view name) {
  return name.find(".cold") != name.npos || name.starts_with("__pfx_") || name.starts_with("__cfi_");
}

MatchedFunctions match_among(const std::vector<KernelFunction>& all, const std::string& text) {
  const Pattern pattern(text);
  std::vector<KernelFunction> wanted;
  std::ranges::copy_if(all, std::back_inserter(wanted),
                       [&](const KernelFunction& function) { return pattern.matches(function.name); });
  MatchedFunctions matched;
  if (wanted.empty()) return matched;
  std::ranges::sort(wanted, {}, &KernelFunction::name);
  const Traceable traceable(all);
  std::unordered_set<std::uint64_t> taken;
  for (auto first = wanted.begin(); first != wanted.end();) {
    const auto next = std::find_if(first, wanted.end(), [&](const auto& other) { return other.name != first->name; });
    if (next - first == 1 && !is_part_of_function(first->name) && traceable.contains(*first)) {
      // Not twice at the same place under two names.
      if (first->address == 0 || taken.insert(first->address).second) matched.names.emplace_back(first->name);
    } else {
      matched.skipped += static_cast<std::size_t>(next - first);
    }
    first = next;
  }
  return matched;
}

}  // namespace

std::vector<KernelFunction> functions_in(std::string_view kallsyms) {
  std::vector<KernelFunction> functions;
  for (const auto text : split_lines(kallsyms)) {
    const auto line = parse_kallsyms_line(text);
    if (line && std::string_view("tTwW").contains(line->type)) functions.push_back({line->name, line->address});
  }
  return functions;
}

std::vector<std::string> kernel_functions() {
  const auto kallsyms = read_kallsyms();
  std::vector<std::string> names;
  for (const auto& function : functions_in(kallsyms)) names.emplace_back(function.name);
  return names;
}

std::unordered_set<std::string> traceable_kernel_functions() {
  const auto kallsyms = read_kallsyms();
  const auto all = functions_in(kallsyms);
  const Traceable traceable(all);
  std::unordered_set<std::string> names;
  for (const auto& function : all)
    if (!is_part_of_function(function.name) && traceable.contains(function)) names.emplace(function.name);
  return names;
}

MatchedFunctions match_kernel_functions(const std::string& pattern) {
  const auto kallsyms = read_kallsyms();
  const auto all = functions_in(kallsyms);
  auto matched = match_among(all, pattern);
  if (const auto call = arch::system_call(pattern); matched.names.empty() && !call.empty())
    matched = match_among(all, std::string(arch::system_call_entry) + std::string(call));
  return matched;
}

Error no_kprobes(std::string subject) {
  return cannot_attach(std::move(subject), "this kernel was built without CONFIG_KPROBES",
                       "use a tracepoint (tracepoint:CATEGORY:NAME), or a uprobe on the user-space function");
}

}  // namespace sonda
