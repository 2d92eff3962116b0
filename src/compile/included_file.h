// A file that a probe includes with quotes.
#pragma once

#include <string>

namespace sonda {

struct IncludedFile {
  std::string name;  ///< as the probe calls it: a file's name without a folder
  std::string text;
};

}  // namespace sonda
