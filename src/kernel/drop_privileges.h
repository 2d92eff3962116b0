// What a run gives up once everything is attached.
#pragma once

namespace sonda {

/// What the rest of a run still does besides reading its own maps and buffers.
struct Rest {
  bool reads_others = false;  ///< processes' mappings and binaries, to name addresses; folders of control groups
  bool attaches = false;      ///< loads and attaches programs
  bool uses_network = false;  ///< takes something off a network device
  bool writes_files = false;  ///< those that nobody has opened yet
};

/// Gives up for good, for the calling thread and those that it starts: each capability that `rest` has no use for, new
/// privileges through programs, and the system calls that `rest` does without: to start a program, to touch another
/// process, to mount, to load a module, to become another user and, as `rest` says, to load a BPF program or to open a
/// file for writing. They fail with EPERM. Throws Error(Stage::kernel) if the kernel refuses.
void drop_privileges(const Rest& rest);

}  // namespace sonda
