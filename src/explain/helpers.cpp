#include "explain/helpers.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "image/instructions.h"

namespace sonda {
namespace {

// By number; made while Sonda is built.
constexpr Helper table[] = {
#include "explain/helper_table.inc"
};

}  // namespace

const Helper* find_helper(int number) {
  const auto* const found = std::ranges::find(table, number, &Helper::number);
  return found == std::end(table) ? nullptr : found;
}

std::vector<std::string> called_helpers(const ProgramSpec& program) {
  std::set<int> numbers;
  for (const auto& instruction : program.instructions)
    if (is_helper_call(instruction)) numbers.insert(instruction.imm);
  std::vector<std::string> called;
  for (const auto number : numbers) {
    const auto* known = find_helper(number);
    called.push_back(known != nullptr ? std::string(known->name.substr(std::string_view("bpf_").size()))
                                      : "helper " + std::to_string(number));
  }
  return called;
}

std::vector<std::string_view> parameters_of(const Helper& helper) {
  const auto open = helper.signature.find('('), close = helper.signature.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
  const auto inside = helper.signature.substr(open + 1, close - open - 1);
  if (inside == "void") return {};
  std::vector<std::string_view> parameters;
  for (const auto part : split(inside, ',')) parameters.push_back(trim(part));
  return parameters;
}

}  // namespace sonda
