// An image whose maps and programs are in the kernel.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sonda/fd.h"
#include "sonda/image.h"
#include "sonda/ledger.h"
#include "sonda/link.h"
#include "sonda/map.h"
#include "sonda/program.h"

namespace sonda {

class LossCounters;

/// What of an image is in the kernel: its BTF and its maps now, its programs when they are asked for.
class LoadedImage {
 public:
  /// Where a map comes from if it need not be a new one: gives a descriptor, by calling `make` or otherwise.
  using MapSource = std::function<UniqueFd(const MapSpec& spec, const std::function<UniqueFd()>& make)>;
  /// A map of another image that goes on as this one; null if there is none.
  using KeptMap = std::function<std::shared_ptr<Map>(const MapSpec& spec)>;

  /// Takes the maps that are `kept`, creates the others or takes them from `source`. Throws Error(Stage::load): a
  /// missing capability (Exit::cannot_run), a map type that this kernel lacks, memory. The image is kept.
  explicit LoadedImage(Image image, const MapSource& source = {}, const KeptMap& kept = {});
  LoadedImage(LoadedImage&&) noexcept;
  LoadedImage& operator=(LoadedImage&&) noexcept;
  ~LoadedImage();

  const Image& image() const noexcept { return image_; }

  /// Throws Error(Stage::load) which lists the maps that there are.
  const Map& map(std::string_view name) const;
  const std::vector<std::shared_ptr<Map>>& maps() const noexcept { return maps_; }

  /// Loads the program as `kind`; a second call with the same kind gives the same one. Throws Error(Stage::verify) if
  /// the verifier refuses it: the subject is the user's file and line, the cause the verifier's reason, the hint what
  /// usually helps, the details the whole log. Throws Error(Stage::load) if the kernel's BTF lacks the kind's target.
  const Program& program(std::string_view name, const ProgramKind& kind);
  /// Loads the program as `kind` for the caller alone: it is not one of programs(). Throws as program() does.
  UniqueFd load(std::string_view name, const ProgramKind& kind);
  /// Takes the programs of `fresh`, another image of the same probe, for those that are not loaded yet; the maps stay.
  /// False, and nothing is changed, if `fresh` has other maps or nothing new.
  bool take_programs(Image fresh);

  /// What calls of its programs failed so far and lost something, at every line. Throws Error(Stage::read).
  std::vector<Loss> losses() const;
  /// Whether any of its programs has such calls.
  bool counts_losses() const noexcept;
  /// Programs that the kernel takes only without the counting of failed calls.
  const std::vector<std::string>& uncounted() const noexcept { return uncounted_; }

  /// The programs loaded so far.
  const std::vector<std::unique_ptr<Program>>& programs() const noexcept { return programs_; }

 private:
  friend class Swap;
  /// Describes the maps that were kept as this image does.
  void describe_maps();
  UniqueFd load(const ProgramSpec& spec, const ProgramKind& kind);

  Image image_;
  UniqueFd btf_;
  std::vector<std::shared_ptr<Map>> maps_;
  std::vector<std::unique_ptr<LossCounters>> counters_;  ///< the last one is of `image_`
  std::vector<std::string> uncounted_;
  std::vector<std::unique_ptr<Program>> programs_;
};

/// The same with the programs of `image`.
inline std::vector<Link> attach_uprobes(LoadedImage& image, const std::string& function,
                                        const std::filesystem::path& binary, const std::vector<UprobeSpot>& spots) {
  return attach_uprobes([&image](const std::string& name,
                                 const ProgramKind& kind) -> const Program& { return image.program(name, kind); },
                        function, binary, spots);
}

}  // namespace sonda
