// libbcc visits each function, and each call of a map's function; this stands before those visits by the dynamic
// linker, and looks, too.
#include "compile/worker/map_uses.h"

#include <clang/AST/ASTContext.h>
#include <clang/AST/Expr.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "compile/worker/behind.h"
#include "compile/worker/map_call.h"
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

void note_key(const clang::ValueDecl& map, const std::string& field, Made made) {
  auto& use = seen()[map.getNameAsString()];
  use.is_histogram = map_section(map) == "maps/histogram";
  use.made[field] = std::max(use.made[field], made);
}

}  // namespace

MapUses take_map_uses() { return std::exchange(seen(), {}); }

}  // namespace sonda

bool ebpf::BTypeVisitor::VisitFunctionDecl(clang::FunctionDecl* function) {
  using Visit = bool (*)(BTypeVisitor*, clang::FunctionDecl*);
  static const auto visit = sonda::behind<Visit>("_ZN4ebpf12BTypeVisitor17VisitFunctionDeclEPN5clang12FunctionDeclE");
  sonda::find_slots(*function, *context_, sonda::note_key);
  return visit(this, function);
}

bool ebpf::BTypeVisitor::VisitCallExpr(clang::CallExpr* call) {
  using Visit = bool (*)(BTypeVisitor*, clang::CallExpr*);
  static const auto visit = sonda::behind<Visit>("_ZN4ebpf12BTypeVisitor13VisitCallExprEPN5clang8CallExprE");
  sonda::look_for_event(*call, *context_);
  return visit(this, call);
}
