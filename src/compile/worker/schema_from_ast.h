// Schemas made from Clang's own types, where those have no name that BTF could be asked for.
#pragma once

#include "sonda/schema.h"

namespace clang {
class ASTContext;
class QualType;
}  // namespace clang

namespace sonda {

/// The layout of `type`, as schema_from_btf() describes one. Throws Error(Stage::compile) for a type that has no bytes.
Schema schema_from_ast(const clang::QualType& type, const clang::ASTContext& context);

}  // namespace sonda
