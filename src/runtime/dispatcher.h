// A tiny program that stands at an attach point and jumps to the program which is to run there.
#pragma once

#include <memory>
#include <string>

#include "sonda/fd.h"
#include "sonda/image.h"
#include "sonda/program.h"
#include "sonda/reload.h"

namespace sonda {

/// It jumps through slot 0 of an array of its own: to exchange the program is one update of that slot, and whoever is
/// at the attach point runs the old one or the new one, whole. Of the kernel's jumps from program to program (33 in a
/// row) it takes one. The kernel counts runs, their time and skipped runs on the dispatcher.
class Dispatcher {
 public:
  /// One for programs of `kind` and of the license of `image`. Throws Error if this kernel takes none of that kind.
  Dispatcher(const Image& image, const std::string& function, const ProgramKind& kind);

  /// What is to be attached. Attaching looks for the maps that `served` uses.
  const Program& program_for(const Program& served);
  const Program& program() const noexcept { return *program_; }

  /// Whether jump_to() would put it there: the kernel wants both alike in more than their type. Nothing changes.
  bool takes(const Program& served) const noexcept;
  /// From now on it jumps there. Throws Error(Stage::load).
  void jump_to(const Program& served);
  /// Where it jumps to; null if it returns at once, with what lets the kernel go on as without a program.
  const Program* target() const noexcept { return target_; }

  /// Since the last jump_to() that brought another program.
  RunCount runs() const;
  /// Skipped by the kernel, since it was made.
  std::uint64_t missed() const;

 private:
  UniqueFd slots_;
  std::unique_ptr<Program> program_;
  const Program* target_ = nullptr;
  RunCount at_swap_;
};

}  // namespace sonda
