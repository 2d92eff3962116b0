// A program in the kernel.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sonda/fd.h"
#include "sonda/map.h"

namespace sonda {

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

 private:
  friend class Dispatcher;
  /// For a program that stands in for another one.
  void use_maps_of(const Program& other) { maps_ = other.maps_; }

  std::string name_;
  ProgramKind kind_;
  UniqueFd fd_;
  std::vector<const Map*> maps_;
};

}  // namespace sonda
