#include "inspect/links.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <climits>

#include "inspect/object.h"

namespace sonda {
namespace {

constexpr std::array<std::string_view, 15> type_names{
    "",           "raw_tracepoint", "tracing", "cgroup",       "iter",   "netns",  "xdp", "perf_event", "kprobe_multi",
    "struct_ops", "netfilter",      "tcx",     "uprobe_multi", "netkit", "sockmap"};

using Text = std::array<char, PATH_MAX>;

/// Where the kernel is to write the link's name, if links of this type have one; false if not.
bool ask_for_text(LinkInfo& question, const LinkInfo& known, Text& text) {
  const auto into = reinterpret_cast<std::uintptr_t>(text.data());
  constexpr auto size = static_cast<std::uint32_t>(Text().size());
  switch (static_cast<LinkType>(known.type)) {
    case LinkType::raw_tracepoint:
    case LinkType::iterator:
      question.raw_tracepoint = {.text = into, .size = size};
      return true;
    case LinkType::uprobe_multi:
      question.uprobe_multi.text = into;
      question.uprobe_multi.size = size;
      return true;
    case LinkType::perf_event: {
      const auto type = static_cast<PerfLinkType>(known.perf_event.type);
      if (type == PerfLinkType::unknown || type == PerfLinkType::event) return false;
      question.perf_event.name.text = into;
      question.perf_event.name.size = size;
      return true;
    }
    default:
      return false;
  }
}

LinkFacts facts_of(int fd, LinkInfo info) {
  Text text{};
  LinkInfo question{};
  if (ask_for_text(question, info, text) && ask_about(fd, question)) info = question;
  text.back() = '\0';
  LinkFacts facts{.id = info.id, .program = info.program, .type = static_cast<LinkType>(info.type)};
  facts.point = attach_text(info, text.data());
  if (facts.point.empty()) facts.point = link_type_name(facts.type);
  return facts;
}

}  // namespace

std::string link_type_name(LinkType type) {
  const auto number = static_cast<std::size_t>(type);
  return number > 0 && number < type_names.size() ? std::string(type_names[number]) : fmt::format("link {}", number);
}

std::vector<const LinkFacts*> LinkList::read(bool refresh) {
  std::vector<const LinkFacts*> result;
  const auto ids = object_ids(ObjectKind::link);
  for (const auto id : ids) {
    auto found = known_.find(id);
    if (found == known_.end() || refresh) {
      const auto fd = open_object(ObjectKind::link, id);
      LinkInfo info{};
      if (!fd || !ask_about(fd.get(), info)) continue;
      if (found == known_.end() || found->second.program != info.program)
        found = known_.insert_or_assign(id, facts_of(fd.get(), info)).first;
    }
    result.push_back(&found->second);
  }
  std::erase_if(known_, [&](const auto& entry) { return !std::ranges::binary_search(ids, entry.first); });
  return result;
}

}  // namespace sonda
