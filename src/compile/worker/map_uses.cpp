// libbcc visits each function, and each call of a map's function; this stands before those visits by the dynamic
// linker, and looks, too.
#include "compile/worker/map_uses.h"

#include <clang/AST/ASTContext.h>
#include <clang/AST/Attr.h>
#include <clang/AST/Expr.h>
#include <clang/AST/Stmt.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "compile/worker/behind.h"
#include "compile/worker/schema_from_ast.h"
#include "sonda/error.h"

namespace ebpf {

/// As libbcc has it, as far as it matters here: its first member, and two of its functions.
class BTypeVisitor {
 public:
  bool VisitFunctionDecl(clang::FunctionDecl* function);
  bool VisitCallExpr(clang::CallExpr* call);

 private:
  clang::ASTContext* context_;  // a reference there
};

}  // namespace ebpf

namespace sonda {
namespace {

using MapUses = std::map<std::string, MapUse>;

/// The visitor is libbcc's own: what it sees has no other way out.
MapUses& seen() {
  static MapUses uses;
  return uses;
}

std::string_view name_of(const clang::NamedDecl& declared) {
  const auto name = declared.getName();
  return {name.data(), name.size()};
}

/// One call of a map's function.
struct MapCall {
  const clang::ValueDecl* map = nullptr;
  std::string_view method;
};

std::optional<MapCall> map_call(const clang::CallExpr& call) {
  const auto* method = llvm::dyn_cast<clang::MemberExpr>(call.getCallee()->IgnoreImplicit());
  if (method == nullptr) return std::nullopt;
  const auto* map = llvm::dyn_cast<clang::DeclRefExpr>(method->getBase()->IgnoreParenCasts());
  const auto* section = map == nullptr ? nullptr : map->getDecl()->getAttr<clang::SectionAttr>();
  if (section == nullptr || !section->getName().startswith("maps")) return std::nullopt;
  return MapCall{map->getDecl(), name_of(*method->getMemberDecl())};
}

// --- Events

struct Sender {
  std::string_view name;
  unsigned argument;  ///< the event, or where it is
};
constexpr auto senders = std::to_array<Sender>({{"perf_submit", 1}, {"ringbuf_output", 0}, {"ringbuf_submit", 0}});

std::optional<Schema> type_of(const clang::Expr& event, const clang::ASTContext& context) {
  const auto type = event.IgnoreParenCasts()->getType();
  const auto what = type->isPointerType() ? type->getPointeeType() : type;
  try {
    return what->isVoidType() || what->isFunctionType() ? std::nullopt : std::optional(schema_from_ast(what, context));
  } catch (const Error&) {  // of no size, or too deep
    return std::nullopt;
  }
}

void note_event(MapUse& use, std::optional<Schema> type) {
  if (!std::exchange(use.has_events, true))
    use.event = std::move(type);
  else if (use.event != type)
    use.event.reset();
}

void look_for_event(clang::CallExpr& call, clang::ASTContext& context) {
  const auto of = map_call(call);
  if (!of) return;
  const auto* const sender = std::ranges::find(senders, of->method, &Sender::name);
  if (sender == senders.end() || call.getNumArgs() <= sender->argument) return;
  auto* event = call.getArg(sender->argument);
  note_event(seen()[of->map->getNameAsString()], type_of(*event, context));
  // libbcc looks through casts for a pointer, and aborts where that is an array. It does not look through parentheses.
  if (event->IgnoreCasts()->getType()->isArrayType())
    call.setArg(sender->argument, new (context) clang::ParenExpr(event->getBeginLoc(), event->getEndLoc(), event));
}

// --- Keys

/// The variable that an expression is, or is a part of.
const clang::ValueDecl* variable_of(const clang::Expr* expression) {
  for (;;) {
    expression = expression->IgnoreParenCasts();
    if (const auto* member = llvm::dyn_cast<clang::MemberExpr>(expression))
      expression = member->getBase();
    else if (const auto* element = llvm::dyn_cast<clang::ArraySubscriptExpr>(expression))
      expression = element->getBase();
    else
      break;
  }
  const auto* name = llvm::dyn_cast<clang::DeclRefExpr>(expression);
  return name == nullptr ? nullptr : name->getDecl();
}

/// What the variables of one function are made of, and the calls that use them as keys.
class KeySearch {
 public:
  void look_at(const clang::Stmt* statement) {
    if (statement == nullptr) return;
    if (const auto* assigned = llvm::dyn_cast<clang::BinaryOperator>(statement); assigned && assigned->isAssignmentOp())
      if (const auto* variable = variable_of(assigned->getLHS())) made_of_.emplace(variable, assigned->getRHS());
    if (const auto* declared = llvm::dyn_cast<clang::DeclStmt>(statement))
      for (const auto* each : declared->decls())
        if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(each); variable && variable->hasInit())
          made_of_.emplace(variable, variable->getInit());
    if (const auto* call = llvm::dyn_cast<clang::CallExpr>(statement))
      if (const auto of = map_call(*call); of && call->getNumArgs() > 0) calls_.emplace_back(of->map, call->getArg(0));
    for (const auto* child : statement->children()) look_at(child);
  }

  void tell() {
    for (const auto& [map, key] : calls_) {
      asked_.clear();
      if (has_logarithm(key)) seen()[map->getNameAsString()].by_power = true;
    }
  }

 private:
  bool has_logarithm(const clang::Stmt* statement) {
    if (statement == nullptr) return false;
    if (const auto* call = llvm::dyn_cast<clang::CallExpr>(statement))
      if (const auto* function = call->getDirectCallee())
        if (const auto name = name_of(*function); name == "bpf_log2" || name == "bpf_log2l") return true;
    if (const auto* name = llvm::dyn_cast<clang::DeclRefExpr>(statement);
        name && asked_.insert(name->getDecl()).second) {
      const auto [first, last] = made_of_.equal_range(name->getDecl());
      if (std::any_of(first, last, [this](const auto& made) { return has_logarithm(made.second); })) return true;
    }
    const auto parts = statement->children();
    return std::any_of(parts.begin(), parts.end(), [this](const auto* child) { return has_logarithm(child); });
  }

  std::multimap<const clang::ValueDecl*, const clang::Expr*> made_of_;
  std::vector<std::pair<const clang::ValueDecl*, const clang::Expr*>> calls_;
  std::set<const clang::ValueDecl*> asked_;
};

}  // namespace

MapUses take_map_uses() { return std::exchange(seen(), {}); }

}  // namespace sonda

bool ebpf::BTypeVisitor::VisitFunctionDecl(clang::FunctionDecl* function) {
  using Visit = bool (*)(BTypeVisitor*, clang::FunctionDecl*);
  static const auto visit = sonda::behind<Visit>("_ZN4ebpf12BTypeVisitor17VisitFunctionDeclEPN5clang12FunctionDeclE");
  sonda::KeySearch keys;
  if (function->doesThisDeclarationHaveABody()) keys.look_at(function->getBody());
  keys.tell();
  return visit(this, function);
}

bool ebpf::BTypeVisitor::VisitCallExpr(clang::CallExpr* call) {
  using Visit = bool (*)(BTypeVisitor*, clang::CallExpr*);
  static const auto visit = sonda::behind<Visit>("_ZN4ebpf12BTypeVisitor13VisitCallExprEPN5clang8CallExprE");
  sonda::look_for_event(*call, *context_);
  return visit(this, call);
}
