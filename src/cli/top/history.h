// The last values of something that is measured again and again, and pictures of them.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace sonda::top {

class History {
 public:
  static constexpr std::size_t most = 256;  ///< older values go

  void add(double value) {
    if (values_.size() == most) values_.erase(values_.begin());
    values_.push_back(value);
  }
  std::span<const double> values() const noexcept { return values_; }

 private:
  std::vector<double> values_;  // oldest first
};

/// The last `width` values as columns, the newest at the right, over `height` lines (the first is the upper one), in
/// proportion to the largest of them; what is not negative and not zero is at least a dot. Block characters, or ASCII.
std::vector<std::string> graph(std::span<const double> values, std::size_t width, std::size_t height, bool utf8);

}  // namespace sonda::top
