// Text made fit for XML and HTML.
#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <string_view>

namespace sonda::report {

/// `text`, which must be valid UTF-8, harmless between tags and in attributes with double quotes. Two characters that
/// Unicode has are none in XML: they become U+FFFD.
std::string escape_markup(std::string_view text);

/// For who writes markup piece by piece. What is put in must be harmless.
class MarkupWriter {
 protected:
  template <class... Arguments>
  void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
  }

  std::string text_;
};

}  // namespace sonda::report
