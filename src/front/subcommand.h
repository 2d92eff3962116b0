// A word after `sonda`, such as `run`, and what it stands for.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "front/tool.h"

namespace sonda::front {

struct Subcommand {
  std::string name, summary;
  std::function<void(CommandLine&)> declare;  ///< its options
  std::function<void(Run&)> body;             ///< what it does once they are read
};

/// One with options of a type that is there to be declared and then used: `declare(line, options)`, `body(run,
/// options)`.
template <class Options, class Body>
Subcommand subcommand(std::string_view name, std::string_view summary, Body body, Options initial = {}) {
  auto options = std::make_shared<Options>(std::move(initial));
  return {.name = std::string(name),
          .summary = std::string(summary),
          .declare = [options](CommandLine& line) { declare(line, *options); },
          .body = [options, body = std::move(body)](Run& run) { body(run, *options); }};
}

}  // namespace sonda::front
