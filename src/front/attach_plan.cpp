#include "front/attach_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sonda/error.h"
#include "source/at_comments.h"

namespace sonda::front {
namespace {

struct Given {
  std::string point, function;
};

Given parts_of(std::string_view option, const std::string& text) {
  const auto equals = text.rfind('=');
  if (equals == text.npos || !is_identifier(std::string_view(text).substr(equals + 1)))
    throw Error(Stage::usage, fmt::format("{} {}", option, text), "the function is missing",
                "written POINT=FUNCTION, e.g. uretprobe:/bin/bash:readline=printret");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

bool has_function(const Image& image, const std::string& name) {
  return std::ranges::find(image.programs, name, &ProgramSpec::name) != image.programs.end();
}

}  // namespace

std::vector<std::string> left_out(const ProbeSource& source, const Image& image, const std::vector<Attachment>& plan) {
  std::vector<std::string> names;
  for (const auto& program : image.programs) {
    const auto is_it = [&](const auto& each) { return each.function == program.name; };
    const bool is_called = std::ranges::any_of(image.programs, [&](const ProgramSpec& other) {
      return std::ranges::find(other.subprograms, program.name, &Subprogram::name) != other.subprograms.end();
    });
    if (!is_called && std::ranges::none_of(plan, is_it) && std::ranges::none_of(source.tail_calls(), is_it))
      names.push_back(program.name);
  }
  return names;
}

std::string function_asked(std::string_view option, const std::string& text) { return parts_of(option, text).function; }

std::vector<Attachment> attach_plan(const ProbeSource& source, const Image& image, const AskedPoints& asked,
                                    std::optional<pid_t> process, std::vector<std::string>& notes) {
  std::vector<Attachment> plan;
  if (asked.only.empty()) plan = attachments_of(source, image);
  const auto add = [&](std::string_view option, const std::string& text) {
    const auto [written, function] = parts_of(option, text);
    const auto point = parse_attach_point(process ? with_pid(written, *process) : written);
    const bool is_there = std::ranges::any_of(
        plan, [&](const Attachment& one) { return one.function == function && one.point == point; });
    if (has_function(image, function) && !is_there) plan.push_back({point, function, {}, {}});
  };
  for (const auto& text : asked.more) add("--attach", text);
  for (const auto& text : asked.only) add("--attach-only", text);
  if (!process) return plan;
  for (auto& attachment : plan) {
    if (auto* pid = process_of(attachment.point); pid == nullptr)
      notes.push_back(
          fmt::format("{} sees every process: use $PID in the probe to look at one", to_string(attachment.point)));
    else if (*pid == all_pids)
      *pid = *process;
  }
  return plan;
}

}  // namespace sonda::front
