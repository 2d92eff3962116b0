// A key that was pressed.
#pragma once

#include <cstdint>

namespace sonda::top {

struct Key {
  enum class Code : std::uint8_t {
    character,
    up,
    down,
    left,
    right,
    page_up,
    page_down,
    home,
    end,
    enter,
    escape,
    backspace,
    tab,
    help,
    interrupt,  ///< Ctrl-C
    redraw      ///< the terminal has another size, or is ours again
  };
  Code code = Code::character;
  char32_t character = 0;  ///< for Code::character
};

}  // namespace sonda::top
