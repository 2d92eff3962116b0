// Text made fit for XML and HTML.
#pragma once

#include <string>
#include <string_view>

namespace sonda::report {

/// `text`, which must be valid UTF-8, harmless between tags and in attributes with double quotes. Two characters that
/// Unicode has are none in XML: they become U+FFFD.
std::string escape_markup(std::string_view text);

}  // namespace sonda::report
