#include "report/markup.h"

#include "base/escape.h"

namespace sonda::report {

std::string escape_markup(std::string_view text) {
  std::string result;
  for (std::string_view rest = text; !rest.empty();) {
    const auto character = first_character(rest);
    const auto bytes = rest.substr(0, character.length);
    rest.remove_prefix(character.length);
    if (bytes == "&")
      result += "&amp;";
    else if (bytes == "<")
      result += "&lt;";
    else if (bytes == ">")
      result += "&gt;";
    else if (bytes == "\"")
      result += "&quot;";
    else if (character.code == 0xfffe || character.code == 0xffff)
      result += "\xef\xbf\xbd";
    else
      result += bytes;
  }
  return result;
}

}  // namespace sonda::report
