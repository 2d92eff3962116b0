#include "compile/worker/keep_variables.h"

#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Operator.h>
#include <llvm/Transforms/Utils/ModuleUtils.h>

#include <vector>

namespace sonda {
namespace {

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

}  // namespace

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

}  // namespace sonda
