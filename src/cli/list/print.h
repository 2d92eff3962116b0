// Attach points as lines of text and of JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "attach/here/points_here.h"
#include "source/attach_notation.h"

namespace sonda::cli {

/// The point alone, or with its arguments below it.
std::string point_text(const PointHere& point, bool with_arguments);
std::string point_json(std::string_view kind, const PointHere& point);

/// What the list of kinds says of one.
struct KindHere {
  const PointKind* kind = nullptr;
  std::optional<std::uint64_t> points;  ///< nothing where they cannot be counted
  std::string example;                  ///< one that is here, if there are any
  std::string missing;                  ///< why there are none; else empty
};
std::string kind_json(const KindHere& here);

}  // namespace sonda::cli
