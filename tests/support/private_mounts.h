// File systems that a test mounts and that nobody else sees.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>

#include "sonda/fd.h"

namespace sonda::test {

/// A mount namespace, kept by a process that does nothing else; both are gone when this goes. Failures throw
/// std::runtime_error.
class PrivateMounts {
 public:
  /// Whether there can be one here: it takes CAP_SYS_ADMIN.
  static bool possible();

  PrivateMounts();
  PrivateMounts(const PrivateMounts&) = delete;
  PrivateMounts& operator=(const PrivateMounts&) = delete;
  ~PrivateMounts();

  struct Limits {
    std::size_t bytes = 0;   ///< 0: no limit; otherwise rounded up to whole pages
    std::size_t inodes = 0;  ///< 0: no limit; the folder itself is one
  };
  /// Puts an empty tmpfs over the folder `at`.
  void mount_tmpfs(const std::filesystem::path& at, const Limits& limits) const;
  void mount_tmpfs(const std::filesystem::path& at) const { mount_tmpfs(at, {}); }
  /// Puts an empty BPF file system over the folder `at`.
  void mount_bpf(const std::filesystem::path& at) const;

  /// Takes the calling process, which must have one thread, into the namespace. False if the kernel refuses.
  bool enter() const noexcept;
  /// What a file that is `path` inside is called outside.
  std::filesystem::path outside(const std::filesystem::path& path) const;

 private:
  pid_t keeper_ = -1;
  UniqueFd namespace_;
};

}  // namespace sonda::test
