#include "compile/worker/object_capture.h"

#include <llvm/ExecutionEngine/ExecutionEngine.h>
#include <llvm/ExecutionEngine/ObjectCache.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Operator.h>
#include <llvm/Transforms/Utils/ModuleUtils.h>

#include <vector>

#include "compile/worker/behind.h"

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

/// A part of it, or the same under another type.
bool leads_on(const llvm::User& user) {
  return llvm::isa<llvm::GEPOperator>(user) || llvm::isa<llvm::BitCastOperator>(user) ||
         llvm::isa<llvm::AddrSpaceCastOperator>(user);
}

bool only_reads(const llvm::Use& use) {
  if (llvm::isa<llvm::LoadInst>(use.getUser())) return true;
  const auto* copy = llvm::dyn_cast<llvm::MemTransferInst>(use.getUser());
  return copy != nullptr && &copy->getRawSourceUse() == &use;
}

bool is_written(const llvm::GlobalVariable& variable) {
  std::vector<const llvm::Value*> waiting{&variable};
  while (!waiting.empty()) {
    const auto* value = waiting.back();
    waiting.pop_back();
    for (const auto& use : value->uses())
      if (leads_on(*use.getUser()))
        waiting.push_back(use.getUser());
      else if (!only_reads(use))
        return true;
  }
  return false;
}

/// Between Clang and the optimizer that libbcc runs: takes the annotations away. Variables that programs write to keep
/// their names, types and sizes; one that is only read may become a constant.
void keep_variables(llvm::Module& module) {
  if (auto* annotations = module.getGlobalVariable("llvm.global.annotations")) annotations->eraseFromParent();
  std::vector<llvm::GlobalValue*> kept;
  for (auto& variable : module.globals()) {
    variable.removeDeadConstantUsers();
    if (variable.hasLocalLinkage() && !variable.isConstant() && !variable.isDeclaration() && is_written(variable))
      kept.push_back(&variable);
  }
  llvm::appendToCompilerUsed(module, kept);
}

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
