// One program at several places of a binary, each with a cookie, by as few links as the kernel can.
#include <fmt/format.h>

#include "attach/uprobe_spots.h"
#include "kernel/kernel.h"
#include "sonda/error.h"
#include "sonda/link.h"

namespace sonda {
namespace {

class Group {
 public:
  Group(const std::filesystem::path& binary, const std::string& function, const std::vector<UprobeSpot>& spots)
      : file_(ElfFile::open(binary)), function_(function), spots_(spots) {}

  /// One link for all entries or, with `on_return`, for all returns.
  void attach_at_once(const Program& program, bool on_return, std::uint64_t flag, std::vector<Link>& links) const {
    auto places = empty(on_return);
    for (const auto& spot : spots_)
      if (!on_return || spot.and_return) places.spots.push_back(place_of(spot, flag));
    if (!places.spots.empty()) links.push_back(link(program, places, spots_.front()));
  }

  /// A link for each, to the program that `program` gives for its cookie.
  template <class ProgramFor>
  void attach_each(const ProgramFor& program, bool on_return, std::uint64_t flag, std::vector<Link>& links) const {
    for (const auto& spot : spots_) {
      if (on_return && !spot.and_return) continue;
      auto places = empty(on_return);
      places.spots.push_back(place_of(spot, flag));
      links.push_back(link(program(spot.cookie | flag), places, spot));
    }
  }

 private:
  FileSpots empty(bool on_return) const {
    return {.file = file_, .spots = {}, .on_return = on_return, .pid = all_pids, .subject = file_.path().string()};
  }

  FileSpot place_of(const UprobeSpot& spot, std::uint64_t flag) const {
    const auto offset = file_.file_offset(spot.address);
    if (!offset || !file_.is_code(spot.address))
      throw Error(Stage::attach, file_.path().string(),
                  fmt::format("the address {:#x} is not in the binary's code", spot.address));
    return {.offset = *offset, .cookie = spot.cookie | flag};
  }

  Link link(const Program& program, const FileSpots& places, const UprobeSpot& first) const {
    const Uprobe point{.binary = file_.path(), .place = Address{first.address}, .on_return = places.on_return};
    return {point, function_, attach_spots(program, places)};
  }

  ElfFile file_;
  const std::string& function_;
  const std::vector<UprobeSpot>& spots_;
};

}  // namespace

std::vector<Link> attach_uprobes(const LoadProgram& load, const std::string& function,
                                 const std::filesystem::path& binary, const std::vector<UprobeSpot>& spots) {
  if (spots.empty()) throw Error(Stage::attach, binary.string(), "no places to attach to were given");
  const Group group(binary, function, spots);
  std::vector<Link> links;
  if (const auto session = kind_of_uprobe_sessions()) {
    group.attach_at_once(load(function, *session), false, uprobe_at_both, links);
    return links;
  }
  // Returns first: no entry is then seen whose return is not.
  auto kind = kind_of_many_uprobes(all_pids);
  if (has_multi_uprobes(all_pids)) {
    const auto& program = load(function, kind);
    group.attach_at_once(program, true, uprobe_at_return, links);
    group.attach_at_once(program, false, 0, links);
    return links;
  }
  const auto program_for = [&](std::uint64_t cookie) -> const Program& {
    if (kernel_version_code() < first_with_cookies) kind.cookie = cookie;
    return load(function, kind);
  };
  group.attach_each(program_for, true, uprobe_at_return, links);
  group.attach_each(program_for, false, 0, links);
  return links;
}

}  // namespace sonda
