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
  PrivateCache() {
    if (const char* value = std::getenv(variable)) before_ = value;
    ::setenv(variable, folder_.path().c_str(), 1);
  }
  PrivateCache(const PrivateCache&) = delete;
  PrivateCache& operator=(const PrivateCache&) = delete;
  ~PrivateCache() {
    if (before_)
      ::setenv(variable, before_->c_str(), 1);
    else
      ::unsetenv(variable);
  }

 private:
  static constexpr const char* variable = "XDG_CACHE_HOME";
  std::optional<std::string> before_;
  TemporaryFolder folder_;
};

}  // namespace sonda::test
