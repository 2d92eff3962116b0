// Maps that outlive one probe: shared between the probes of a run, or pinned in the BPF file system.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "sonda/fd.h"
#include "sonda/image.h"

namespace sonda {

/// Makes a map; gives a descriptor of its own.
using MakeMap = std::function<UniqueFd()>;

class MapPool {
 public:
  /// `pins` is the folder in which pinned maps are kept, in a BPF file system; it is made when it is needed. With an
  /// empty one nothing is pinned: such maps are like others.
  explicit MapPool(std::filesystem::path pins = "/sys/fs/bpf/sonda") : pins_(std::move(pins)) {}

  /// The map that another probe of this pool put there under the same name, or what `make` makes, from then on there
  /// for others. Throws Error(Stage::load), which shows both layouts, if they differ.
  UniqueFd shared(const MapSpec& spec, const MakeMap& make);
  /// The map that another probe of this pool made public. Throws Error(Stage::load) if there is none, or if the layouts
  /// differ.
  UniqueFd imported(const MapSpec& spec) const;
  /// The map that is pinned under this name, or what `make` makes, from then on pinned. It stays when everything ends:
  /// remove its file to be rid of it. Throws Error(Stage::load): the layouts differ, or the folder is in no BPF file
  /// system.
  UniqueFd pinned(const MapSpec& spec, const MakeMap& make);
  /// The same for a file that the probe itself names. A map whose size is 0 has the size of the one that is pinned
  /// there, also where nothing is pinned by this pool; nothing there is an Error(Stage::load).
  UniqueFd pinned_at(const std::filesystem::path& file, const MapSpec& spec, const MakeMap& make);

  /// What is in the pool now, for undo_since(): maps that a probe shared or pinned in vain are taken out again.
  struct Mark {
    std::size_t shared = 0, pinned = 0;
  };
  Mark mark() const noexcept { return {specs_.size(), made_pins_.size()}; }
  void undo_since(Mark mark) noexcept;

  /// The specs of the maps that are shared so far.
  const std::vector<MapSpec>& specs() const noexcept { return specs_; }
  const std::filesystem::path& pins() const noexcept { return pins_; }

 private:
  const UniqueFd* find(const MapSpec& spec) const;

  std::filesystem::path pins_;
  std::vector<MapSpec> specs_;
  std::vector<UniqueFd> maps_;  // one for each of specs_
  std::vector<std::filesystem::path> made_pins_;
};

}  // namespace sonda
