// Programs at the places that binaries mark with sys/sdt.h.
#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "attach/find_binary.h"
#include "attach/uprobe_spots.h"
#include "attach/usdt_arguments.h"
#include "base/text.h"
#include "elf/usdt_notes.h"
#include "image/bytes.h"

namespace sonda {
namespace {

class UsdtPlaces {
 public:
  UsdtPlaces(const Program& program, const Usdt& point)
      : program_(program),
        point_(point),
        subject_(to_string(AttachPoint(point))),
        file_(open_binary(point.binary, point.pid, subject_)),
        arguments_map_(program.map(usdt_arguments_map)) {}

  Attached attach() const {
    FileSpots wanted{.file = file_, .spots = {}, .on_return = false, .pid = point_.pid, .subject = subject_};
    for (const auto& note : matching(usdt_notes(file_))) wanted.spots.push_back(spot(note));
    // One instruction can carry several marks; a program runs there once.
    std::ranges::sort(wanted.spots, {}, &FileSpot::offset);
    const auto twice = std::ranges::unique(wanted.spots, {}, &FileSpot::offset);
    wanted.spots.erase(twice.begin(), twice.end());
    return attach_spots(program_, wanted);
  }

 private:
  [[noreturn]] void refuse(std::string cause, std::string hint = {}) const {
    throw Error(Stage::attach, subject_, std::move(cause), std::move(hint));
  }

  std::vector<UsdtNote> matching(const std::vector<UsdtNote>& all) const {
    std::vector<UsdtNote> found;
    for (const auto& note : all)
      if (note.name == point_.name && (point_.provider.empty() || note.provider == point_.provider))
        found.push_back(note);
    if (found.empty()) refuse_missing(all);
    for (const auto& note : found)
      if (note.provider != found.front().provider)
        refuse(fmt::format("several providers have a probe '{}'", point_.name),
               fmt::format("name one: usdt:{}:{}:{}", point_.binary.string(), note.provider, note.name));
    return found;
  }

  [[noreturn]] void refuse_missing(const std::vector<UsdtNote>& all) const {
    if (all.empty()) refuse("the binary has no USDT probes", "its functions can be probed: uprobe:PATH:SYMBOL");
    std::vector<std::string> names;
    const bool wrong_name = std::ranges::find(all, point_.name, &UsdtNote::name) == all.end();
    for (const auto& note : all) names.push_back(wrong_name ? note.name : note.provider);
    std::ranges::sort(names);
    names.erase(std::ranges::unique(names).begin(), names.end());
    const auto cause = wrong_name ? fmt::format("the binary has no USDT probe '{}'", point_.name)
                                  : fmt::format("no provider '{}' has a probe '{}'", point_.provider, point_.name);
    refuse(cause, did_you_mean(wrong_name ? point_.name : point_.provider, names, "there are: " + join(names, ", ")));
  }

  FileSpot spot(const UsdtNote& note) const {
    const auto offset = file_.file_offset(note.address);
    if (!offset || !file_.is_code(note.address))
      refuse(fmt::format("the probe's place {:#x} is not in the binary's code", note.address));
    FileSpot spot{.offset = *offset};
    if (note.semaphore != 0) {
      const auto counter = file_.file_offset(note.semaphore);
      if (!counter || file_.is_code(note.semaphore))
        refuse(fmt::format("the counter of its listeners, {:#x}, is not in the binary's data", note.semaphore));
      spot.counter = *counter;
    }
    if (arguments_map_ != nullptr) spot.cookie = publish(note);
    return spot;
  }

  /// Tells the program where the arguments are, under the number that it is given there.
  std::uint64_t publish(const UsdtNote& note) const {
    const auto address_of = [this](std::string_view name) -> std::optional<std::uint64_t> {
      const auto found = file_.find(name);
      return found && found->defined ? std::optional(found->address) : std::nullopt;
    };
    const auto arguments = parse_usdt_arguments(note.arguments, note.address, address_of);
    const auto bytes = std::as_bytes(std::span(arguments));
    // Places with the same arguments share what is said of them, in whatever order they come and go.
    for (auto number = fnv1a(bytes) | 1;; ++number) {
      UsdtArguments there;
      if (::bpf_map_update_elem(arguments_map_->fd(), &number, arguments.data(), BPF_NOEXIST) == 0) return number;
      if (errno != EEXIST) refuse_full(errno);
      if (::bpf_map_lookup_elem(arguments_map_->fd(), &number, there.data()) == 0 && there == arguments) return number;
    }
  }

  [[noreturn]] void refuse_full(int why) const {
    if (why == E2BIG)
      refuse(fmt::format("the program is at more than {} kinds of places", arguments_map_->spec().max_entries));
    throw system_error(Stage::attach, subject_, "cannot tell the program where its arguments are", why);
  }

  const Program& program_;
  const Usdt& point_;
  std::string subject_;
  ElfFile file_;
  const Map* arguments_map_;
};

}  // namespace

Attached attach_at(const Program& program, const Usdt& point) { return UsdtPlaces(program, point).attach(); }

}  // namespace sonda
