// An image's BTF, maps and programs, in the kernel.
#include <bpf/bpf.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "kernel/libbpf.h"
#include "runtime/create_map.h"
#include "runtime/load_program.h"
#include "runtime/losses/loss_counters.h"
#include "runtime/put_in.h"
#include "sonda/error.h"
#include "sonda/loaded_image.h"
#include "sonda/map.h"
#include "sonda/program.h"

namespace sonda {
namespace {

std::string no_such(std::string_view kind, const std::vector<std::string>& names) {
  return names.empty() ? fmt::format("the probe has no {}", kind) : fmt::format("there are: {}", join(names, ", "));
}

/// The descriptor of the map that shows what the inner maps of `spec` look like.
int inner_fd(const MapSpec& spec, const std::vector<std::shared_ptr<Map>>& made) {
  for (const auto& map : made)
    if (map != nullptr && map->spec().name == spec.inner) return map->fd();
  throw Error(Stage::load, spec.name,
              spec.inner.empty()
                  ? std::string("a map of maps must name the map that its inner ones look like")
                  : fmt::format("the inner map '{}' is not there, or is itself a map of maps", spec.inner));
}

/// Of a map that was not made here, and whose size the probe leaves open.
void take_size(MapSpec& spec, const UniqueFd& map) {
  bpf_map_info info{};
  __u32 size = sizeof info;
  if (spec.max_entries == 0 && bpf_obj_get_info_by_fd(map.get(), &info, &size) == 0)
    spec.max_entries = info.max_entries;
}

bool same_maps(const std::vector<MapSpec>& a, const std::vector<MapSpec>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const MapSpec& x, const MapSpec& y) {
    return x.name == y.name && x.type == y.type && x.key_size == y.key_size && x.value_size == y.value_size &&
           x.max_entries == y.max_entries && x.flags == y.flags && x.inner == y.inner;
  });
}

}  // namespace

LoadedImage::LoadedImage(Image image, const MapSource& source, const KeptMap& kept) : image_(std::move(image)) {
  const QuietLibbpf quiet;
  btf_ = load_btf(image_.btf);
  maps_.resize(image_.maps.size());
  // Maps of maps come last: each needs another one to be there.
  for (const bool of_maps : {false, true}) {
    for (std::size_t i = 0; i < maps_.size(); ++i) {
      auto spec = image_.maps[i];
      if (is_map_of_maps(spec) != of_maps) continue;
      if (kept) maps_[i] = kept(spec);
      if (maps_[i]) continue;
      const auto make = [&] { return create_map(spec, btf_.get(), of_maps ? inner_fd(spec, maps_) : -1); };
      auto fd = source ? source(image_.maps[i], make) : make();
      take_size(spec, fd);
      maps_[i] = std::make_shared<Map>(std::move(spec), std::move(fd));
    }
  }
  counters_.push_back(std::make_unique<LossCounters>(image_));
}

LoadedImage::LoadedImage(LoadedImage&&) noexcept = default;
LoadedImage& LoadedImage::operator=(LoadedImage&&) noexcept = default;
LoadedImage::~LoadedImage() = default;

const Map& LoadedImage::map(std::string_view name) const {
  std::vector<std::string> names;
  for (const auto& map : maps_) {
    if (map->spec().name == name) return *map;
    names.push_back(map->spec().name);
  }
  throw Error(Stage::load, std::string(name), "the probe has no such map", no_such("maps", names));
}

const Program& LoadedImage::program(std::string_view name, const ProgramKind& kind) {
  const auto loaded = std::find_if(programs_.begin(), programs_.end(), [&](const auto& program) {
    return program->name() == name && program->kind() == kind;
  });
  if (loaded != programs_.end()) return **loaded;

  auto fd = load(name, kind);
  std::vector<const Map*> used;
  for (const auto& reference : image_.program(name).maps) used.push_back(maps_[reference.map].get());
  programs_.push_back(std::make_unique<Program>(std::string(name), kind, std::move(fd), std::move(used)));
  return *programs_.back();
}

UniqueFd LoadedImage::load(std::string_view name, const ProgramKind& kind) {
  const QuietLibbpf quiet;
  return load(image_.program(name), kind);
}

/// With the counting in it, if the kernel takes it so: what it has to say of a refusal is about the user's own program.
UniqueFd LoadedImage::load(const ProgramSpec& spec, const ProgramKind& kind) {
  const auto& counters = *counters_.back();
  const auto for_kind = [&kind](ProgramSpec program) {
    return kind.cookie ? with_constant_cookie(std::move(program), *kind.cookie) : std::move(program);
  };
  if (auto found = counters.with_counting(spec)) {
    const auto counting = for_kind(std::move(*found));
    if (auto fd = try_load(image_, counting, kind, with_maps(counting, maps_), btf_.get())) return fd;
  }
  const auto plain = for_kind(spec);
  auto fd = load_program(image_, plain, kind, with_maps(plain, maps_), btf_.get());
  if (counters.has_calls(spec.name) && std::ranges::find(uncounted_, spec.name) == uncounted_.end())
    uncounted_.push_back(spec.name);
  return fd;
}

std::vector<Loss> LoadedImage::losses() const {
  std::vector<Loss> losses;
  for (const auto& counters : counters_) counters->add_to(losses, maps_, image_.key.probe);
  return losses;
}

bool LoadedImage::counts_losses() const noexcept {
  return std::ranges::any_of(counters_, [](const auto& counters) { return counters->counts(); });
}

void LoadedImage::describe_maps() {
  for (std::size_t i = 0; i < maps_.size(); ++i) maps_[i]->describe(image_.maps[i]);
}

bool LoadedImage::take_programs(Image fresh) {
  if (!same_maps(image_.maps, fresh.maps) || serialize(image_) == serialize(fresh)) return false;
  const QuietLibbpf quiet;
  btf_ = load_btf(fresh.btf);
  image_ = std::move(fresh);
  counters_.push_back(std::make_unique<LossCounters>(image_));
  return true;
}

}  // namespace sonda
