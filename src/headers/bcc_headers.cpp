// The headers that libbcc carries inside.
#include "headers/bcc_headers.h"

#include <map>
#include <string>

// libbcc exports this table but installs no header for it. Asking the library itself is the only way to know which
// types the very libbcc that compiles will define.
namespace ebpf {
class ExportedFiles {
 public:
  static std::map<std::string, const char*> headers_;
};
}  // namespace ebpf

namespace sonda {

std::vector<std::string_view> bcc_headers() {
  std::vector<std::string_view> texts;
  for (const auto& [path, text] : ebpf::ExportedFiles::headers_) texts.emplace_back(text);
  return texts;
}

}  // namespace sonda
