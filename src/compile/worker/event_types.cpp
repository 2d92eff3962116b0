// libbcc walks over each call of a map's function; this stands before that walk by the dynamic linker, and looks, too.
#include "compile/worker/event_types.h"

#include <clang/AST/ASTContext.h>
#include <clang/AST/Attr.h>
#include <clang/AST/Expr.h>
#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "compile/worker/schema_from_ast.h"
#include "sonda/error.h"

namespace ebpf {

/// As libbcc has it, as far as it matters here: its first member, and one of its functions.
class BTypeVisitor {
 public:
  bool VisitCallExpr(clang::CallExpr* call);

 private:
  clang::ASTContext* context_;  // a reference there
};

}  // namespace ebpf

namespace sonda {
namespace {

using EventTypes = std::map<std::string, std::optional<Schema>>;

/// The visitor is libbcc's own: what it sees has no other way out.
EventTypes& seen() {
  static EventTypes types;
  return types;
}

struct Method {
  std::string_view name;
  unsigned argument;  ///< the event, or where it is
};

constexpr auto methods = std::to_array<Method>({{"perf_submit", 1}, {"ringbuf_output", 0}, {"ringbuf_submit", 0}});

/// The map of `map.method(...)`; null if it is no map's.
const clang::ValueDecl* map_of(const clang::MemberExpr& method) {
  const auto* map = llvm::dyn_cast<clang::DeclRefExpr>(method.getBase()->IgnoreParenCasts());
  const auto* section = map == nullptr ? nullptr : map->getDecl()->getAttr<clang::SectionAttr>();
  return section != nullptr && section->getName().startswith("maps") ? map->getDecl() : nullptr;
}

std::optional<Schema> type_of(const clang::Expr& event, const clang::ASTContext& context) {
  const auto type = event.IgnoreParenCasts()->getType();
  const auto what = type->isPointerType() ? type->getPointeeType() : type;
  try {
    return what->isVoidType() || what->isFunctionType() ? std::nullopt : std::optional(schema_from_ast(what, context));
  } catch (const Error&) {  // of no size, or too deep
    return std::nullopt;
  }
}

void note(const std::string& map, std::optional<Schema> type) {
  const auto [known, is_new] = seen().try_emplace(map, type);
  if (!is_new && known->second != type) known->second.reset();
}

void look_at(clang::CallExpr& call, clang::ASTContext& context) {
  const auto* method = llvm::dyn_cast<clang::MemberExpr>(call.getCallee()->IgnoreImplicit());
  if (method == nullptr) return;
  const auto name = method->getMemberDecl()->getName();
  const auto* const known = std::ranges::find(methods, std::string_view(name.data(), name.size()), &Method::name);
  const auto* map = map_of(*method);
  if (known == methods.end() || map == nullptr || call.getNumArgs() <= known->argument) return;
  auto* event = call.getArg(known->argument);
  note(map->getNameAsString(), type_of(*event, context));
  // libbcc looks through casts for a pointer, and aborts where that is an array. It does not look through parentheses.
  if (event->IgnoreCasts()->getType()->isArrayType())
    call.setArg(known->argument, new (context) clang::ParenExpr(event->getBeginLoc(), event->getEndLoc(), event));
}

}  // namespace

EventTypes take_event_types() { return std::exchange(seen(), {}); }

}  // namespace sonda

bool ebpf::BTypeVisitor::VisitCallExpr(clang::CallExpr* call) {
  using Visit = bool (*)(BTypeVisitor*, clang::CallExpr*);
  static const auto visit =
      reinterpret_cast<Visit>(::dlsym(RTLD_NEXT, "_ZN4ebpf12BTypeVisitor13VisitCallExprEPN5clang8CallExprE"));
  sonda::look_at(*call, *context_);
  return visit(this, call);
}
