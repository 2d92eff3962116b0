#include "front/kernel_match.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "kernel/arch.h"

namespace sonda::front {
namespace {

enum class Fit { none, loose, exact };

/// "long unsigned int" and "unsigned long" are one type: the words that matter, in order.
std::string plain_name(std::string_view type) {
  std::vector<std::string_view> words;
  for (const auto word : split(type, ' '))
    if (!word.empty() && word != "int" && word != "signed") words.push_back(word);
  if (words.empty()) return "int";
  std::ranges::sort(words);
  std::string text;
  for (const auto word : words) text += std::string(word) + ' ';
  return text;
}

/// Names of integers that a probe may give where the kernel has another one of that size.
bool is_integer_name(const WrittenType& type) {
  static constexpr std::array<std::string_view, 18> names{"char",   "short",   "int",    "long",  "unsigned", "bool",
                                                          "size_t", "ssize_t", "loff_t", "u8",    "u16",      "u32",
                                                          "u64",    "s32",     "s64",    "pid_t", "umode_t",  "gfp_t"};
  if (type.pointers != 0) return false;
  const auto words = split(type.name, ' ');
  return std::ranges::any_of(words, [](auto word) { return std::ranges::find(names, word) != names.end(); });
}

Fit fit(const WrittenType& written, const KernelParameter& parameter) {
  const auto name = plain_name(written.name);
  const bool same = std::ranges::any_of(parameter.spellings, [&](const auto& one) {
    return one.pointers == written.pointers && plain_name(one.name) == name;
  });
  if (same) return Fit::exact;
  const bool any_pointer = written.pointers > 0 && parameter.pointers() > 0 &&
                           (written.name == "void" || parameter.spellings.back().name == "void");
  const bool numbers = parameter.pointers() == 0 && parameter.is_integer && is_integer_name(written);
  return any_pointer || numbers ? Fit::loose : Fit::none;
}

/// Of all arguments together; trailing parameters of the function may be left out.
Fit fit(const std::vector<WrittenType>& arguments, const std::vector<KernelParameter>& parameters) {
  if (arguments.size() > parameters.size()) return Fit::none;
  auto worst = Fit::exact;
  for (std::size_t i = 0; i < arguments.size(); ++i) worst = std::min(worst, fit(arguments[i], parameters[i]));
  return worst;
}

/// By what they take: those that share most words with `name`. A single argument says too little.
std::vector<std::string> by_arguments(const KernelPrototypes& kernel, std::string_view name,
                                      const std::vector<WrittenType>& arguments) {
  constexpr std::size_t most = 3;
  if (arguments.size() < 2) return {};
  std::vector<std::pair<std::size_t, std::string>> found;
  kernel.for_each_function([&](std::string_view function) {
    const auto common = common_words(name, function);
    if (common == 0 || fit(arguments, kernel.parameters(function)) != Fit::exact) return;
    // More words of its own make it less likely.
    found.emplace_back(100 * common - std::min<std::size_t>(words_of(function).size(), 99), function);
  });
  std::ranges::sort(
      found, [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  std::vector<std::string> names;
  for (const auto& [rank, function] : found)
    if (rank == found.front().first) names.push_back(function);
  if (names.size() > most) names.clear();  // any of them would be a guess
  return names;
}

}  // namespace

std::vector<std::string_view> words_of(std::string_view name) {
  auto words = split(name, '_');
  std::erase_if(words, [](std::string_view word) { return word.empty(); });
  return words;
}

std::size_t common_words(std::string_view a, std::string_view b) {
  const auto others = words_of(b);
  return static_cast<std::size_t>(std::ranges::count_if(
      words_of(a), [&](std::string_view word) { return std::ranges::find(others, word) != others.end(); }));
}

std::vector<std::string> matching_kernel_functions(const KernelPrototypes& kernel, std::string_view name,
                                                   std::string_view subject,
                                                   const std::vector<WrittenType>& arguments) {
  const auto part = longest_part(name, [&](std::string_view candidate) {
    return kernel.has_function(candidate) && fit(arguments, kernel.parameters(candidate)) != Fit::none;
  });
  if (!part.empty()) return {std::string(part)};
  if (!arguments.empty()) return by_arguments(kernel, subject, arguments);
  return {};
}

std::string matching_system_call(const KernelPrototypes& kernel, std::string_view name) {
  constexpr std::string_view word = "sys_";
  const auto is_call = [&](std::string_view part) {
    return kernel.has_function(std::string(arch::system_call_entry) + std::string(part));
  };
  if (is_call(name)) return std::string(name);
  const auto at = name.find(word);
  if (at == name.npos || (at > 0 && name[at - 1] != '_')) return {};
  const auto behind = name.substr(at + word.size());
  const auto call = longest_part(behind, is_call);
  return behind.starts_with(call) ? std::string(call) : std::string();
}

}  // namespace sonda::front
