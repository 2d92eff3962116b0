// What stands in the kernel's place where a tool is only to be recorded.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sonda/loaded_image.h"

namespace sonda::bcc {

/// Takes what modules would put into the kernel.
class StandIn {
 public:
  StandIn() = default;
  StandIn(const StandIn&) = delete;
  StandIn& operator=(const StandIn&) = delete;
  virtual ~StandIn() = default;

  /// The image with maps that are none. `cflags` are those that the script gave. Throws Error.
  virtual std::unique_ptr<LoadedImage> take(Image image, const std::vector<std::string>& cflags) = 0;
  /// A descriptor for a function of an image that was taken; the caller's. Throws Error.
  virtual int load(const LoadedImage& taken, std::string_view function, const ProgramKind& kind) = 0;
};

/// Null in the library by which tools run. Each library has its own. Lives as long as the process.
StandIn* stand_in();

}  // namespace sonda::bcc
