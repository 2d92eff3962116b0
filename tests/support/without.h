// Seeing the system with something missing, where it is there.
#pragma once

#include <sys/mount.h>

#include <exception>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "kernel/tracefs.h"

namespace sonda::test {

/// Runs `body` in a thread that sees an empty folder in place of `folder`, if that is there; nobody else does. Needs
/// CAP_SYS_ADMIN.
template <class Body>
void without(const std::filesystem::path& folder, Body body) {
  std::exception_ptr thrown;
  std::thread([&] {
    try {
      if (std::filesystem::exists(folder) &&
          !(make_mounts_private() && ::mount("none", folder.c_str(), "tmpfs", 0, nullptr) == 0))
        throw std::runtime_error("cannot hide " + folder.string());
      body();
    } catch (...) {
      thrown = std::current_exception();
    }
  }).join();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace sonda::test
