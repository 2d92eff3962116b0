// A BPF file system of a test's own.
#pragma once

#include <filesystem>

#include "support/private_mounts.h"
#include "support/scratch.h"

namespace sonda::test {

/// An empty folder with a BPF file system over it, which only those see who are in its mounts. As PrivateMounts throws.
class BpfFolder {
 public:
  BpfFolder() { mounts_.mount_bpf(folder_.path()); }
  const PrivateMounts& mounts() const noexcept { return mounts_; }
  const std::filesystem::path& path() const noexcept { return folder_.path(); }

 private:
  PrivateMounts mounts_;
  ScratchFolder folder_;
};

}  // namespace sonda::test
