// What the reading of a probe's text says when it goes wrong.
#pragma once

#include <string>
#include <string_view>

#include "sonda/error.h"
#include "sonda/probe_source.h"
#include "support/catch.h"

namespace sonda::test {

inline ProbeSource read(std::string text) { return ProbeSource::from_text("p.c", std::move(text)); }

/// "LINE:COLUMN cause | hint" of what is wrong with `text`.
inline std::string message(std::string text) {
  try {
    read(std::move(text));
  } catch (const Error& error) {
    CHECK(error.stage() == Stage::source);
    CHECK(error.subject().starts_with("p.c:"));
    CHECK(error.excerpt().ends_with("^"));
    return error.subject().substr(4) + " " + error.cause() + " | " + error.hint();
  }
  return "no error";
}

inline bool says(const std::string& message, std::string_view part) {
  INFO(message);
  CHECK(message.find(part) != message.npos);
  return message.find(part) != message.npos;
}

}  // namespace sonda::test
