#include "compile/worker/fatal_errors.h"

#include <llvm/Support/ErrorHandling.h>

namespace sonda {

FatalErrors::FatalErrors(Tell tell) : tell_(std::move(tell)) {
  llvm::install_fatal_error_handler(
      [](void* self, const char* reason, bool) { static_cast<FatalErrors*>(self)->tell_(reason); }, this);
}

FatalErrors::~FatalErrors() { llvm::remove_fatal_error_handler(); }

}  // namespace sonda
