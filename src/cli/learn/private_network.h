// A network that nobody else is in.
#pragma once

#include <cstdint>

#include "sonda/fd.h"

namespace sonda::learn {

/// Puts this thread into a new network namespace, in which `lo` is up and nothing else is, and back when it goes.
class PrivateNetwork {
 public:
  /// Throws Error(Stage::kernel) with Exit::cannot_run where the kernel or this user's rights do not allow it.
  PrivateNetwork();
  PrivateNetwork(const PrivateNetwork&) = delete;
  PrivateNetwork& operator=(const PrivateNetwork&) = delete;
  ~PrivateNetwork();

 private:
  UniqueFd before_;
};

/// A UDP socket at 127.0.0.1, with room for some thousand small datagrams.
class LocalSocket {
 public:
  /// Throws Error(Stage::kernel). Port 0 is any that is free.
  explicit LocalSocket(std::uint16_t port);
  /// Throws Error(Stage::kernel).
  void send_to(std::uint16_t port) const;
  /// Takes what has come and counts it.
  std::uint64_t received() const;

 private:
  UniqueFd fd_;
};

}  // namespace sonda::learn
