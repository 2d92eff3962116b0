#include "cli/doctor/namespaces.h"

namespace sonda::cli::doctor {

bool counts(Capability capability) {
  return has_capability(capability) && in_first_user_namespace().value_or(!in_user_namespace());
}

std::string as_root() {
  return in_first_user_namespace().value_or(true) ? "run it as root: sudo sonda doctor"
                                                  : "run it outside of this user namespace, as root";
}

}  // namespace sonda::cli::doctor
