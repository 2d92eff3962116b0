#include "cli/import/recording.h"

#include <algorithm>
#include <optional>
#include <set>
#include <variant>

#include "base/text.h"
#include "bcc/recorder/record_line.h"
#include "sonda/attach_point.h"
#include "sonda/error.h"

namespace sonda::cli {
namespace {

/// The point on every CPU; nothing if it is none of a perf event on one.
std::optional<std::string> on_all_cpus(const std::string& point) {
  auto parsed = point_of(point);
  auto* event = parsed ? std::get_if<PerfEvent>(&*parsed) : nullptr;
  if (event == nullptr || event->cpu < 0) return std::nullopt;
  event->cpu = -1;
  return to_string(*parsed);
}

/// "kprobe:sys_clone" for "kprobe:__x64_sys_clone".
std::string portable(const std::string& point) {
  auto parsed = point_of(point);
  auto* probe = parsed ? std::get_if<Kprobe>(&*parsed) : nullptr;
  auto* symbol = probe == nullptr ? nullptr : std::get_if<Symbol>(&probe->place);
  if (symbol == nullptr) return point;
  for (const std::string_view prefix : {"__x64_", "__arm64_", "__s390x_"})
    if (symbol->name.starts_with(std::string(prefix) + "sys_")) {
      symbol->name.erase(0, prefix.size());
      return to_string(*parsed);
    }
  return point;
}

void join_cpus(std::vector<RecordedAttach>& attached, std::size_t cpus) {
  std::vector<RecordedAttach> joined;
  const auto is_known = [&](const std::string& function, const std::string& point) {
    return std::ranges::any_of(joined,
                               [&](const auto& other) { return other.function == function && other.point == point; });
  };
  for (const auto& one : attached) {
    const auto everywhere = on_all_cpus(one.point);
    const auto count = static_cast<std::size_t>(std::ranges::count_if(attached, [&](const auto& other) {
      return other.function == one.function && everywhere && on_all_cpus(other.point) == everywhere;
    }));
    const auto& point = everywhere && count >= cpus ? *everywhere : one.point;
    if (!is_known(one.function, point)) joined.push_back({one.function, point});
  }
  attached = std::move(joined);
}

/// Words behind the number of the text.
void add(RecordedText& text, const std::vector<std::string>& words) {
  using namespace bcc;
  const auto& kind = words[0];
  if (const auto type = kind == record::load && words.size() == 4 ? parse_u64(words[3]) : std::nullopt)
    text.loaded.push_back({words[2], static_cast<std::uint32_t>(*type)});
  if (kind == record::attach && words.size() == 4) text.attached.push_back({words[2], portable(words[3])});
  if (kind == record::set && words.size() == 5) text.entries.push_back({words[2], words[3], words[4]});
  if (kind == record::tailcall && words.size() == 5) text.tail_calls.push_back({words[2], words[3], words[4]});
  if (kind == record::note && words.size() == 3) text.notes.push_back(words[2]);
}

}  // namespace

std::optional<AttachPoint> point_of(const std::string& point) {
  try {
    return parse_attach_point(point);
  } catch (const Error&) {
    return std::nullopt;
  }
}

Recording read_recording(std::string_view lines, std::size_t cpus) {
  Recording recording;
  for (const auto line : split_lines(lines)) {
    const auto words = bcc::record_words(line);
    if (words[0] == bcc::record::waits) recording.waited = true;
    if (words.size() < 2) continue;
    if (words[0] == bcc::record::text) {
      recording.texts.push_back({.text = words[1], .flags = {words.begin() + 2, words.end()}});
    } else if (const auto number = parse_u64(words[1]); number && *number < recording.texts.size()) {
      add(recording.texts[*number], words);
    }
  }
  for (auto& text : recording.texts) join_cpus(text.attached, cpus);
  return recording;
}

const RecordedText* chosen_text(const Recording& recording) {
  const RecordedText* best = nullptr;
  for (const auto& text : recording.texts)
    if (!text.loaded.empty() || !text.attached.empty()) best = &text;
  return best;
}

}  // namespace sonda::cli
