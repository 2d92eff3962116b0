// A cache of images that only this test program uses.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>

#include "base/files.h"

namespace sonda::test {

/// While it lives, images are cached in a folder of its own instead of the user's.
class PrivateCache {
 public:
  PrivateCache() : PrivateCache(nullptr) {}
  /// For tests that do not mind who compiled a probe: where compiling takes long, SONDA_TEST_CACHE names a folder which
  /// all test programs share.
  static PrivateCache or_shared() { return PrivateCache(std::getenv("SONDA_TEST_CACHE")); }
  PrivateCache(const PrivateCache&) = delete;
  PrivateCache& operator=(const PrivateCache&) = delete;
  ~PrivateCache() {
    if (before_)
      ::setenv(variable, before_->c_str(), 1);
    else
      ::unsetenv(variable);
  }

 private:
  explicit PrivateCache(const char* shared) {
    if (const char* value = std::getenv(variable)) before_ = value;
    ::setenv(variable, shared != nullptr ? shared : folder_.path().c_str(), 1);
  }

  static constexpr const char* variable = "XDG_CACHE_HOME";
  std::optional<std::string> before_;
  TemporaryFolder folder_;
};

}  // namespace sonda::test
