// LLVM's fatal errors.
#pragma once

#include <functional>
#include <string_view>

namespace sonda {

/// What LLVM gives up with is told to `tell` as long as this lives; LLVM would end the process with it. `tell` does not
/// come back: it ends the process in its own way.
class FatalErrors {
 public:
  using Tell = std::function<void(std::string_view reason)>;
  explicit FatalErrors(Tell tell);
  FatalErrors(const FatalErrors&) = delete;
  FatalErrors& operator=(const FatalErrors&) = delete;
  ~FatalErrors();

 private:
  Tell tell_;
};

}  // namespace sonda
