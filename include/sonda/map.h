// Maps and programs in the kernel.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sonda/fd.h"
#include "sonda/image.h"
#include "sonda/ledger.h"

namespace sonda {

class LossCounters;

/// A map in the kernel. Owns its descriptor; the map lives until nothing holds it.
class Map {
 public:
  Map(MapSpec spec, UniqueFd fd) : spec_(std::move(spec)), fd_(std::move(fd)) {}
  const MapSpec& spec() const noexcept { return spec_; }
  /// Borrowed; valid as long as this object.
  int fd() const noexcept { return fd_.get(); }
  /// The same map as another image of the probe describes it; what the kernel was told of its size stays.
  void describe(MapSpec spec) {
    spec.max_entries = spec_.max_entries;
    spec_ = std::move(spec);
  }

 private:
  MapSpec spec_;
  UniqueFd fd_;
};

/// A map that a probe has if it calls bpf_usdt_readarg(): how to read the arguments at each place. Nothing to show.
inline constexpr std::string_view usdt_arguments_map = "____sonda_usdt";

/// What the kernel must know of a program when it is loaded; decided by where it will be attached.
struct ProgramKind {
  bpf_prog_type type = BPF_PROG_TYPE_UNSPEC;
  std::uint32_t attach_type = 0;  ///< what the kernel calls the expected attach type; 0 for most
  std::string target;             ///< the function, hook or iterator in the kernel's BTF, where the type wants one
  std::string module;             ///< whose BTF has the target; empty: the kernel's, or any that has it
  /// On kernels without attach cookies (before Linux 5.15): what bpf_get_attach_cookie() is to give, a program for
  /// each.
  std::optional<std::uint64_t> cookie;

  ProgramKind() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): most kinds are a type and nothing else
  ProgramKind(bpf_prog_type program, std::uint32_t attach = 0, std::string btf_target = {}, std::string of_module = {})
      : type(program), attach_type(attach), target(std::move(btf_target)), module(std::move(of_module)) {}
  bool operator==(const ProgramKind&) const = default;
};

/// A program in the kernel, of a kind that is now decided.
class Program {
 public:
  /// `maps`: those that the program uses; they outlive it.
  Program(std::string name, ProgramKind kind, UniqueFd fd, std::vector<const Map*> maps = {})
      : name_(std::move(name)), kind_(std::move(kind)), fd_(std::move(fd)), maps_(std::move(maps)) {}
  const std::string& name() const noexcept { return name_; }
  const ProgramKind& kind() const noexcept { return kind_; }
  bpf_prog_type type() const noexcept { return kind_.type; }
  /// Borrowed; valid as long as this object.
  int fd() const noexcept { return fd_.get(); }
  /// The map of that name that the program uses, or null.
  const Map* map(std::string_view name) const noexcept {
    for (const auto* map : maps_)
      if (map->spec().name == name) return map;
    return nullptr;
  }
  /// For a program that stands in for another one.
  void use_maps_of(const Program& other) { maps_ = other.maps_; }

 private:
  std::string name_;
  ProgramKind kind_;
  UniqueFd fd_;
  std::vector<const Map*> maps_;
};

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
  /// Takes the programs of `fresh`, another image of the same probe, for those that are not loaded yet; the maps stay.
  /// False, and nothing is changed, if `fresh` has other maps or nothing new.
  bool take_programs(Image fresh);

  /// Describes the maps that were kept as this image does.
  void describe_maps();

  /// What calls of its programs failed so far and lost something, at every line. Throws Error(Stage::read).
  std::vector<Loss> losses() const;
  /// Whether any of its programs has such calls.
  bool counts_losses() const noexcept;
  /// Programs that the kernel takes only without the counting of failed calls.
  const std::vector<std::string>& uncounted() const noexcept { return uncounted_; }

  /// The programs loaded so far.
  const std::vector<std::unique_ptr<Program>>& programs() const noexcept { return programs_; }

 private:
  UniqueFd load(const ProgramSpec& spec, const ProgramKind& kind);

  Image image_;
  UniqueFd btf_;
  std::vector<std::shared_ptr<Map>> maps_;
  std::vector<std::unique_ptr<LossCounters>> counters_;  ///< the last one is of `image_`
  std::vector<std::string> uncounted_;
  std::vector<std::unique_ptr<Program>> programs_;
};

}  // namespace sonda
