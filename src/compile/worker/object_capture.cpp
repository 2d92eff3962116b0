#include "compile/worker/object_capture.h"

#include <llvm/ExecutionEngine/ExecutionEngine.h>
#include <llvm/ExecutionEngine/ObjectCache.h>

#include "compile/worker/behind.h"
#include "compile/worker/keep_variables.h"

namespace sonda {
namespace {

/// Asks LLVM for nothing, and keeps what it is told.
class ObjectKeeper : public llvm::ObjectCache {
 public:
  void notifyObjectCompiled(const llvm::Module*, llvm::MemoryBufferRef object) override {
    const auto bytes = std::as_bytes(std::span(object.getBufferStart(), object.getBufferSize()));
    object_.assign(bytes.begin(), bytes.end());
  }
  std::unique_ptr<llvm::MemoryBuffer> getObject(const llvm::Module*) override { return nullptr; }
  std::span<const std::byte> object() const { return object_; }

 private:
  std::vector<std::byte> object_;
};

/// The engine that libbcc makes has no other way to us than a name: it is one for the process.
ObjectKeeper& keeper() {
  static ObjectKeeper the_keeper;
  return the_keeper;
}

/// LLVM's own llvm::EngineBuilder::create(TargetMachine*), by its name in the C++ ABI.
constexpr const char* create_in_llvm = "_ZN4llvm13EngineBuilder6createEPNS_13TargetMachineE";

}  // namespace

std::span<const std::byte> captured_object() { return keeper().object(); }

}  // namespace sonda

/// Stands before LLVM's own for libbcc, which calls it by the dynamic linker. A member function is called as a function
/// whose first argument is the object.
llvm::ExecutionEngine* llvm::EngineBuilder::create(llvm::TargetMachine* machine) {
  using Create = llvm::ExecutionEngine* (*)(llvm::EngineBuilder*, llvm::TargetMachine*);
  const auto real = sonda::behind<Create>(sonda::create_in_llvm);
  if (real == nullptr) return nullptr;
  if (M) sonda::keep_variables(*M);  // libbcc has it optimized after this
  auto* engine = real(this, machine);
  if (engine != nullptr) engine->setObjectCache(&sonda::keeper());
  return engine;
}
