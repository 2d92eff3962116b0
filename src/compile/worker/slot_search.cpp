#include "compile/worker/slot_search.h"

#include <clang/AST/ASTContext.h>
#include <clang/AST/Decl.h>
#include <clang/AST/Expr.h>
#include <clang/AST/Stmt.h>
#include <clang/Basic/SourceManager.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "compile/worker/map_call.h"

namespace sonda {
namespace {

using clang::Expr, clang::ValueDecl;
using llvm::dyn_cast;

/// A variable or, of a struct, one of its fields.
using Place = std::pair<const ValueDecl*, const ValueDecl*>;

class SlotSearch {
 public:
  SlotSearch(clang::ASTContext& context, const TellMade& tell) : context_(context), tell_(tell) {}

  /// Goes through the statement as it would run, each loop once. Gives how what is returned was made.
  Made walk(const clang::Stmt* statement) {
    if (statement == nullptr || ++steps_ > most_steps) return Made::unknown;
    if (const auto* condition = dyn_cast<clang::IfStmt>(statement)) return branches(*condition);
    auto made = Made::unknown;
    const bool jumps = llvm::isa<clang::ForStmt, clang::WhileStmt, clang::DoStmt, clang::SwitchStmt>(statement);
    may_be_skipped_ += jumps ? 1 : 0;
    for (const auto* child : statement->children()) made = std::max(made, walk(child));
    may_be_skipped_ -= jumps ? 1 : 0;
    if (const auto* assigned = dyn_cast<clang::BinaryOperator>(statement); assigned && assigned->isAssignmentOp())
      assign(*assigned);
    if (const auto* counted = dyn_cast<clang::UnaryOperator>(statement); counted && counted->isIncrementDecrementOp())
      if (const auto place = place_of(counted->getSubExpr())) put(*place, Made::value);
    if (const auto* declared = dyn_cast<clang::DeclStmt>(statement))
      for (const auto* each : declared->decls())
        if (const auto* variable = dyn_cast<clang::VarDecl>(each); variable && variable->hasInit())
          bind(*variable, *variable->getInit());
    if (const auto* call = dyn_cast<clang::CallExpr>(statement)) look_at(*call);
    if (const auto* end = dyn_cast<clang::ReturnStmt>(statement)) {
      ended_ = true;
      if (end->getRetValue() != nullptr) made = std::max(made, made_of(*end->getRetValue()));
    }
    return made;
  }

 private:
  // Enough for any program that a kernel takes; a call is followed wherever it stands.
  static constexpr int most_steps = 50'000, deepest = 8;

  Made branches(const clang::IfStmt& condition) {
    auto made = walk(condition.getCond());
    const auto before = known_;
    const auto branch = [&](const clang::Stmt* way) {
      ended_ = false;
      made = std::max(made, walk(way));
      return std::exchange(ended_, false);
    };
    const bool first_ends = branch(condition.getThen());
    auto first = std::exchange(known_, before);
    const bool second_ends = branch(condition.getElse());
    if (second_ends) std::swap(known_, first);
    if (!first_ends && !second_ends)
      for (const auto& [place, one] : first) known_[place] = std::max(known_[place], one);
    ended_ = first_ends && second_ends;
    return made;
  }

  void put(const Place& place, Made made) {
    auto& known = known_[place];
    known = may_be_skipped_ > 0 ? std::max(known, made) : made;
  }

  void assign(const clang::BinaryOperator& assigned) {
    const auto place = place_of(assigned.getLHS());
    if (!place) return;
    if (!assigned.isCompoundAssignmentOp() && place->second == nullptr) return bind(*place->first, *assigned.getRHS());
    const auto made = made_of(*assigned.getRHS());
    put(*place, assigned.isCompoundAssignmentOp() ? std::max({known_[*place], made, Made::value}) : made);
  }

  /// The variable becomes what `from` is: a number, a struct with its fields, a pointer to another variable.
  void bind(const ValueDecl& variable, const Expr& from) {
    const auto* what = from.IgnoreParenCasts();
    if (const auto* literal = dyn_cast<clang::CompoundLiteralExpr>(what)) what = literal->getInitializer();
    const auto place = place_of(what);
    if (variable.getType()->isPointerType() && place && place->second == nullptr &&
        (llvm::isa<clang::UnaryOperator>(what) || known_pointers_.contains(name_in(what)))) {
      known_pointers_[&variable] = place->first;
      return;
    }
    const auto* record = variable.getType()->getAsRecordDecl();
    if (record == nullptr) return put({&variable, nullptr}, made_of(*what));
    const auto* list = dyn_cast<clang::InitListExpr>(what);
    unsigned number = 0;
    for (const auto* field : record->fields()) {
      const auto copied = [&] { return place ? made_at({place->first, field}) : Made::value; };
      const bool is_said = list != nullptr && number < list->getNumInits();
      put({&variable, field}, is_said ? made_of(*list->getInit(number)) : list ? Made::constant : copied());
      ++number;
    }
  }

  static const ValueDecl* name_in(const Expr* expression) {
    const auto* name = dyn_cast<clang::DeclRefExpr>(expression->IgnoreParenCasts());
    return name == nullptr ? nullptr : name->getDecl();
  }

  /// The variable that an expression is or points to, or of its fields the outermost.
  std::optional<Place> place_of(const Expr* expression) const {
    expression = expression->IgnoreParenCasts();
    if (const auto* variable = name_in(expression)) {
      const auto target = known_pointers_.find(variable);
      return Place{target == known_pointers_.end() ? variable : target->second, nullptr};
    }
    if (const auto* sign = dyn_cast<clang::UnaryOperator>(expression))
      return sign->getOpcode() == clang::UO_AddrOf || sign->getOpcode() == clang::UO_Deref
                 ? place_of(sign->getSubExpr())
                 : std::nullopt;
    const auto* member = dyn_cast<clang::MemberExpr>(expression);
    auto place = member == nullptr ? std::nullopt : place_of(member->getBase());
    if (place && place->second == nullptr) place->second = member->getMemberDecl();
    return place;
  }

  Made made_at(const Place& place) const {
    if (const auto found = known_.find(place); found != known_.end()) return found->second;
    if (place.second != nullptr && known_.contains({place.first, nullptr})) return Made::value;  // what it points to
    // What a function is given, if nobody was seen who calls it, may be anything.
    const auto* variable = dyn_cast<clang::VarDecl>(place.first);
    return variable != nullptr && (variable->hasGlobalStorage() || place.second != nullptr) ? Made::value
                                                                                            : Made::unknown;
  }

  Made made_of(const Expr& expression) {
    const auto* what = expression.IgnoreParenCasts();
    if (what->isEvaluatable(context_) || llvm::isa<clang::ImplicitValueInitExpr>(what)) return Made::constant;
    if (const auto* call = dyn_cast<clang::CallExpr>(what)) return returned(*call);
    if (const auto* either = dyn_cast<clang::ConditionalOperator>(what))
      return std::max(made_of(*either->getTrueExpr()), made_of(*either->getFalseExpr()));
    if (const auto place = place_of(what)) return made_at(*place);
    auto made = Made::value;
    for (const auto* child : what->children())
      if (const auto* part = llvm::dyn_cast_or_null<Expr>(child)) made = std::max(made, made_of(*part));
    return made;
  }

  void look_at(const clang::CallExpr& call) {
    const auto of = map_call(call);
    if (!of) {
      returned(call);
      return;
    }
    if (call.getNumArgs() == 0) return;
    const auto* key = call.getArg(0)->IgnoreParenCasts();
    const auto place = place_of(key);
    auto type = key->getType();
    if (type->isPointerType()) type = type->getPointeeType();
    const auto* record = type->getAsRecordDecl();
    if (record == nullptr) return tell_(*of->map, "", made_of(*key));
    for (const auto* field : record->fields())
      tell_(*of->map, field->getNameAsString(), place ? made_at({place->first, field}) : Made::value);
  }

  Made returned(const clang::CallExpr& call) {
    const auto* function = call.getDirectCallee();
    const auto name = function == nullptr ? std::string_view() : name_of(*function);
    if (name == "bpf_log2") return Made::log2;
    if (name == "bpf_log2l") return Made::log2l;
    const clang::FunctionDecl* defined = nullptr;
    if (function == nullptr || !function->hasBody(defined) || depth_ == deepest) return Made::value;
    for (unsigned i = 0; i < std::min(call.getNumArgs(), defined->getNumParams()); ++i)
      bind(*defined->getParamDecl(i), *call.getArg(i));
    ++depth_;
    const auto skipped = std::exchange(may_be_skipped_, 0);
    const auto made = walk(defined->getBody());
    may_be_skipped_ = skipped;
    ended_ = false;
    --depth_;
    return std::max(made, Made::constant);
  }

  clang::ASTContext& context_;
  const TellMade& tell_;
  std::map<Place, Made> known_;
  std::map<const ValueDecl*, const ValueDecl*> known_pointers_;
  int steps_ = 0, depth_ = 0, may_be_skipped_ = 0;
  bool ended_ = false;  // by a return, what follows does not run
};

}  // namespace

void find_slots(const clang::FunctionDecl& function, clang::ASTContext& context, const TellMade& tell) {
  const auto& sources = context.getSourceManager();
  const bool is_users = sources.isInMainFile(sources.getExpansionLoc(function.getLocation()));
  if (is_users && function.doesThisDeclarationHaveABody()) SlotSearch(context, tell).walk(function.getBody());
}

}  // namespace sonda
