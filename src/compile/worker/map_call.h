// Calls of maps' functions, as BCC's C has them: map.update(...).
#pragma once

#include <clang/AST/Attr.h>
#include <clang/AST/Expr.h>

#include <optional>
#include <string_view>

namespace sonda {

struct MapCall {
  const clang::ValueDecl* map = nullptr;
  std::string_view method;
};

inline std::string_view name_of(const clang::NamedDecl& declared) {
  const auto name = declared.getName();
  return {name.data(), name.size()};
}

/// The section that BCC's macro puts a map in: "maps/KIND".
inline std::string_view map_section(const clang::ValueDecl& map) {
  const auto* section = map.getAttr<clang::SectionAttr>();
  if (section == nullptr || !section->getName().startswith("maps")) return {};
  return {section->getName().data(), section->getName().size()};
}

inline std::optional<MapCall> map_call(const clang::CallExpr& call) {
  const auto* method = llvm::dyn_cast<clang::MemberExpr>(call.getCallee()->IgnoreImplicit());
  if (method == nullptr) return std::nullopt;
  const auto* map = llvm::dyn_cast<clang::DeclRefExpr>(method->getBase()->IgnoreParenCasts());
  if (map == nullptr || map_section(*map->getDecl()).empty()) return std::nullopt;
  return MapCall{map->getDecl(), name_of(*method->getMemberDecl())};
}

}  // namespace sonda
