#include "cli/doctor/check.h"

namespace sonda::cli::doctor {

std::string_view to_string(Status status) noexcept {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::limited:
      return "limited";
    case Status::missing:
      return "missing";
    case Status::broken:
      return "broken";
    case Status::unknown:
      return "unknown";
  }
  return "unknown";
}

Finding ok(std::string found) { return {.status = Status::ok, .found = std::move(found)}; }

Finding limited(std::string found, std::string remedy) {
  return {.status = Status::limited, .found = std::move(found), .remedy = std::move(remedy)};
}

Finding missing(std::string found, std::string remedy) {
  return {.status = Status::missing, .found = std::move(found), .remedy = std::move(remedy)};
}

Finding broken(std::string found, std::string remedy) {
  return {.status = Status::broken, .found = std::move(found), .remedy = std::move(remedy)};
}

Finding unknown(std::string found, std::string remedy) {
  return {.status = Status::unknown, .found = std::move(found), .remedy = std::move(remedy)};
}

const std::vector<Section>& sections() {
  static const std::vector<Section> all{
      {"kernel", "Kernel"},
      {"privilege", "Privileges and containers"},
      {"attach", "Attach points and programs"},
      {"maps", "Maps"},
      {"network", "Network"},
      {"compiler", "Compiler"},
      {"user", "User space"},
      {"probes", "Probes"},
  };
  return all;
}

}  // namespace sonda::cli::doctor
