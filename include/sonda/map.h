// Maps and programs in the kernel.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sonda/fd.h"
#include "sonda/image.h"

namespace sonda {

/// A map in the kernel. Owns its descriptor; the map lives until nothing holds it.
class Map {
 public:
  Map(MapSpec spec, UniqueFd fd) : spec_(std::move(spec)), fd_(std::move(fd)) {}
  const MapSpec& spec() const noexcept { return spec_; }
  /// Borrowed; valid as long as this object.
  int fd() const noexcept { return fd_.get(); }

 private:
  MapSpec spec_;
  UniqueFd fd_;
};

/// A program in the kernel, of a type that is now decided.
class Program {
 public:
  Program(std::string name, bpf_prog_type type, UniqueFd fd, std::uint32_t attach_type = 0)
      : name_(std::move(name)), type_(type), attach_type_(attach_type), fd_(std::move(fd)) {}
  const std::string& name() const noexcept { return name_; }
  bpf_prog_type type() const noexcept { return type_; }
  /// What the kernel calls the expected attach type; 0 for most.
  std::uint32_t attach_type() const noexcept { return attach_type_; }
  /// Borrowed; valid as long as this object.
  int fd() const noexcept { return fd_.get(); }

 private:
  std::string name_;
  bpf_prog_type type_;
  std::uint32_t attach_type_;
  UniqueFd fd_;
};

/// What of an image is in the kernel: its BTF and its maps now, its programs when they are asked for.
class LoadedImage {
 public:
  /// Creates the maps. Throws Error(Stage::load): a missing capability (Exit::cannot_run), a map type that this kernel
  /// lacks, memory. The image is kept.
  explicit LoadedImage(Image image);

  const Image& image() const noexcept { return image_; }

  /// Throws Error(Stage::load) which lists the maps that there are.
  const Map& map(std::string_view name) const;
  const std::vector<std::unique_ptr<Map>>& maps() const noexcept { return maps_; }

  /// Loads the program as `type`, for `attach_type` where the kernel wants to know that too; a second call with the
  /// same types gives the same one. Throws Error(Stage::verify) if the verifier refuses it: the subject is the user's
  /// file and line, the cause the verifier's reason, the hint what usually helps, the details the whole log.
  const Program& program(std::string_view name, bpf_prog_type type, std::uint32_t attach_type = 0);
  /// Takes the programs of `fresh`, another image of the same probe, for those that are not loaded yet; the maps stay.
  /// False, and nothing is changed, if `fresh` has other maps or nothing new.
  bool take_programs(Image fresh);

  /// The programs loaded so far.
  const std::vector<std::unique_ptr<Program>>& programs() const noexcept { return programs_; }

 private:
  Image image_;
  UniqueFd btf_;
  std::vector<std::unique_ptr<Map>> maps_;
  std::vector<std::unique_ptr<Program>> programs_;
};

}  // namespace sonda
