// libbcc rewrites what a probe reads through a pointer of somebody else's into calls of bpf_probe_read. Of arrays in
// structs and of bit-fields it makes reads of another place, or C that does not compile. Its visitor calls itself and
// Clang's Rewriter by the dynamic linker, so what stands here stands before: it looks at the expression with the types
// that Clang knows, lets libbcc do its work, and corrects the text that comes of it.
#include <clang/AST/ASTContext.h>
#include <clang/AST/Expr.h>
#include <clang/AST/RecordLayout.h>
#include <clang/Lex/Lexer.h>
#include <clang/Rewrite/Core/Rewriter.h>
#include <fmt/format.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "compile/worker/behind.h"

namespace ebpf {

/// As libbcc has it, as far as it matters here: its first members, and two of its functions.
class ProbeVisitor {
 public:
  bool VisitArraySubscriptExpr(clang::ArraySubscriptExpr* expression);
  bool VisitMemberExpr(clang::MemberExpr* expression);

 private:
  /// A member of an element, X[i].member, is read as X_i->member would be: not the whole element first.
  void read_member_only(clang::Expr* expression);

  clang::ASTContext* context_;  // a reference there, like the next
  clang::Rewriter* rewriter_;
  std::set<clang::Decl*> functions_;
  std::set<clang::Expr*> done_;  ///< what it does not look at again
};

}  // namespace ebpf

namespace sonda {
namespace {

/// The expression that is being rewritten, and what libbcc's text for it becomes.
struct Correction {
  clang::SourceLocation begin;  ///< where libbcc puts what comes before it
  /// Turns what libbcc puts before the expression into what is right; nothing if it is not known.
  std::string before;  ///< replaces libbcc's text from `cut` on
  std::string_view cut;
  std::string middle;   ///< replaces libbcc's ") + ("
  std::string after;    ///< replaces libbcc's text behind the expression
  unsigned longer = 0;  ///< how many bytes before it `after` replaces, too
  bool begun = false;
};

/// The visitor is one for the process, and its way into Clang leads through libbcc.
Correction*& current() {
  static Correction* correction = nullptr;
  return correction;
}

/// While it lives, `correction` is the current one; null: none is.
class Correcting {
 public:
  explicit Correcting(Correction* correction) : outer_(std::exchange(current(), correction)) {}
  Correcting(const Correcting&) = delete;
  Correcting& operator=(const Correcting&) = delete;
  ~Correcting() { current() = outer_; }

 private:
  Correction* outer_;
};

/// Whether it is a member of what a pointer points to.
bool is_behind_pointer(const clang::MemberExpr* member) {
  for (; member != nullptr; member = llvm::dyn_cast<clang::MemberExpr>(member->getBase()->IgnoreParenCasts()))
    if (member->isArrow()) return true;
  return false;
}

/// Whether an element is one behind a pointer: of p[i], p->array[i], or of an element's own array.
bool is_behind_pointer(const clang::ArraySubscriptExpr& element) {
  const auto* base = element.getBase()->IgnoreParens();
  const auto* cast = llvm::dyn_cast<clang::ImplicitCastExpr>(base);
  if (cast == nullptr || cast->getCastKind() != clang::CK_ArrayToPointerDecay) return true;
  const auto* array = cast->getSubExpr()->IgnoreParens();
  while (const auto* member = llvm::dyn_cast<clang::MemberExpr>(array)) {
    if (member->isArrow()) return true;
    array = member->getBase()->IgnoreParens();
  }
  const auto* outer = llvm::dyn_cast<clang::ArraySubscriptExpr>(array);
  return outer != nullptr && is_behind_pointer(*outer);
}

/// libbcc leaves alone what begins in a macro, such as the number in rlim[RLIMIT_NOFILE]. Parentheses around it begin
/// and end where the macro is used, in this tree of the program only.
clang::Expr* seen_where_used(clang::Expr* expression, clang::ASTContext& context) {
  if (!expression->getBeginLoc().isMacroID() && !expression->getEndLoc().isMacroID()) return expression;
  const auto range = context.getSourceManager().getExpansionRange(expression->getSourceRange());
  return new (context) clang::ParenExpr(range.getBegin(), range.getEnd(), expression);
}

constexpr std::string_view address_of_member = "((&";

/// p->array[i]: libbcc takes the address of the array and adds i of them; the array itself is the address of its first
/// element. Of p->pointer[i] the pointer must be read.
Correction subscript_of(const clang::ArraySubscriptExpr& expression, const clang::SourceManager& sources) {
  Correction correction{.begin = sources.getExpansionLoc(expression.getBase()->getBeginLoc()),
                        .cut = address_of_member};
  const auto* member = llvm::dyn_cast<clang::MemberExpr>(expression.getBase()->IgnoreParenCasts());
  if (member == nullptr || !is_behind_pointer(member)) return {};
  if (member->getType()->isArrayType()) {
    correction.before = "((";
    return correction;
  }
  correction.before = fmt::format(
      "((({{ typeof({}) _base; __builtin_memset(&_base, 0, sizeof(_base)); bpf_probe_read(&_base, sizeof(_base), "
      "(void *)&",
      member->getType().getAsString());
  correction.middle = "); _base; })) + (";
  return correction;
}

/// Where the bits of a field are, from what the pointer in `p->a.b` points to.
struct Bits {
  const clang::Expr* pointer = nullptr;
  clang::SourceLocation member;  ///< of the first name behind the pointer
  std::uint64_t offset = 0;      ///< bits
};

std::optional<Bits> bits_of(const clang::MemberExpr& field, clang::ASTContext& context) {
  Bits bits;
  for (const auto* member = &field; member != nullptr; member = llvm::dyn_cast<clang::MemberExpr>(member->getBase())) {
    const auto* declared = llvm::dyn_cast<clang::FieldDecl>(member->getMemberDecl());
    if (declared == nullptr) return std::nullopt;
    bits.offset += context.getASTRecordLayout(declared->getParent()).getFieldOffset(declared->getFieldIndex());
    bits.member = member->getMemberLoc();
    if (!member->isArrow()) continue;
    bits.pointer = member->getBase();
    return bits;
  }
  return std::nullopt;
}

/// p->field of some bits has no address: the bytes that hold it are read, and it is cut out of them. The processors
/// that libbcc compiles for count bits from the lowest, but for s390.
std::optional<Correction> bit_field_of(const clang::MemberExpr& expression, clang::ASTContext& context) {
  const auto* field = llvm::dyn_cast<clang::FieldDecl>(expression.getMemberDecl());
  if (field == nullptr || !field->isBitField()) return std::nullopt;
  const auto bits = bits_of(expression, context);
  if (!bits || bits->member.isInvalid()) return std::nullopt;
  const auto& sources = context.getSourceManager();
  const auto arrow = clang::Lexer::getLocForEndOfToken(sources.getExpansionRange(bits->pointer->getEndLoc()).getEnd(),
                                                       0, sources, context.getLangOpts());
  const auto member = sources.getExpansionLoc(bits->member);
  if (arrow.isInvalid() || sources.getFileID(arrow) != sources.getFileID(member)) return std::nullopt;

  const auto width = field->getBitWidthValue(context);
  const auto shift = bits->offset % 8, bytes = (shift + width + 7) / 8;
  if (width == 0 || bytes > sizeof(std::uint64_t)) return std::nullopt;
  const bool is_signed = expression.getType()->isSignedIntegerOrEnumerationType();
  Correction correction{.begin = sources.getExpansionLoc(expression.getBeginLoc()), .cut = "({ typeof("};
  correction.before = fmt::format("({{ unsigned long long _bits = 0; bpf_probe_read(&_bits, {}, (void *)((char *)({}",
                                  bytes, bits->pointer->IgnoreParenCasts()->getType()->isPointerType() ? "" : "&");
  correction.after =
      fmt::format(") + {})); (typeof({}))(({}(_bits << {})) >> {}); }})", bits->offset / 8,
                  expression.getType().getAsString(), is_signed ? "(long long)" : "", 64 - shift - width, 64 - width);
  correction.longer = sources.getFileOffset(member) - sources.getFileOffset(arrow);
  return correction;
}

}  // namespace
}  // namespace sonda

void ebpf::ProbeVisitor::read_member_only(clang::Expr* expression) {
  auto* member = llvm::dyn_cast<clang::MemberExpr>(expression->IgnoreParenCasts());
  while (member != nullptr && !member->isArrow()) {
    auto* base = member->getBase();
    auto* element = llvm::dyn_cast<clang::ArraySubscriptExpr>(base->IgnoreParens());
    if (element == nullptr) {
      member = llvm::dyn_cast<clang::MemberExpr>(base->IgnoreParens());
      continue;
    }
    if (!sonda::is_behind_pointer(*element)) return;
    auto* pointer = new (*context_) clang::ParenExpr(base->getBeginLoc(), base->getEndLoc(), base);
    pointer->setType(context_->getPointerType(base->getType()));
    member->setBase(pointer);
    member->setArrow(true);
    done_.insert(element);
    return;
  }
}

bool ebpf::ProbeVisitor::VisitArraySubscriptExpr(clang::ArraySubscriptExpr* expression) {
  using Visit = bool (*)(ProbeVisitor*, clang::ArraySubscriptExpr*);
  static const auto visit =
      sonda::behind<Visit>("_ZN4ebpf12ProbeVisitor23VisitArraySubscriptExprEPN5clang18ArraySubscriptExprE");
  if (expression->getBeginLoc().isFileID() && expression->getRBracketLoc().isFileID()) {
    expression->setLHS(sonda::seen_where_used(expression->getLHS(), *context_));
    expression->setRHS(sonda::seen_where_used(expression->getRHS(), *context_));
  }
  read_member_only(expression->getBase());
  auto correction = sonda::subscript_of(*expression, context_->getSourceManager());
  const sonda::Correcting correcting(&correction);
  return visit(this, expression);
}

bool ebpf::ProbeVisitor::VisitMemberExpr(clang::MemberExpr* expression) {
  using Visit = bool (*)(ProbeVisitor*, clang::MemberExpr*);
  static const auto visit = sonda::behind<Visit>("_ZN4ebpf12ProbeVisitor15VisitMemberExprEPN5clang10MemberExprE");
  read_member_only(expression);
  auto correction = sonda::bit_field_of(*expression, *context_);
  const sonda::Correcting correcting(correction ? &*correction : nullptr);
  return visit(this, expression);
}

bool clang::Rewriter::InsertText(SourceLocation at, StringRef text, bool after, bool indented) {
  using Insert = bool (*)(Rewriter*, SourceLocation, StringRef, bool, bool);
  static const auto insert =
      sonda::behind<Insert>("_ZN5clang8Rewriter10InsertTextENS_14SourceLocationEN4llvm9StringRefEbb");
  auto* correction = sonda::current();
  const auto place = correction == nullptr ? StringRef::npos : text.rfind(correction->cut);
  if (place == StringRef::npos || correction->before.empty() || correction->begun || correction->begin != at)
    return insert(this, at, text, after, indented);
  correction->begun = true;
  return insert(this, at, text.substr(0, place).str() + correction->before, after, indented);
}

bool clang::Rewriter::ReplaceText(SourceLocation start, unsigned length, StringRef text) {
  using Replace = bool (*)(Rewriter*, SourceLocation, unsigned, StringRef);
  static const auto replace =
      sonda::behind<Replace>("_ZN5clang8Rewriter11ReplaceTextENS_14SourceLocationEjN4llvm9StringRefE");
  auto* correction = sonda::current();
  if (correction == nullptr || !correction->begun) return replace(this, start, length, text);
  if (text == ") + (" && !correction->middle.empty()) return replace(this, start, length, correction->middle);
  if (correction->after.empty()) return replace(this, start, length, text);
  const auto longer = static_cast<int>(correction->longer);
  return replace(this, start.getLocWithOffset(-longer), length + correction->longer, correction->after);
}
