#include "compile/worker/schema_from_ast.h"

#include <clang/AST/ASTContext.h>
#include <clang/AST/RecordLayout.h>

#include <map>

#include "image/check_schema.h"
#include "sonda/error.h"

namespace sonda {
namespace {

class Builder {
 public:
  explicit Builder(const clang::ASTContext& context) : context_(context) {}

  Schema build(const clang::QualType& type) {
    add(type, 0);
    return std::move(schema_);
  }

 private:
  [[noreturn]] static void refuse(const clang::QualType& type, std::string cause) {
    throw Error(Stage::compile, type.getAsString(), std::move(cause));
  }

  std::uint32_t add(const clang::QualType& type, std::size_t level) {
    if (level == deepest_type) refuse(type, "its types are nested too deep");
    const auto plain = type.getUnqualifiedType();
    const auto [known, is_new] =
        known_.try_emplace(plain.getAsOpaquePtr(), static_cast<std::uint32_t>(schema_.types.size()));
    if (!is_new) return known->second;
    const auto index = known->second;
    schema_.types.emplace_back();
    auto made = convert(plain, level);
    schema_.types[index] = std::move(made);
    return index;
  }

  /// As C spells it; what has no name of its own has none.
  std::string name_of(const clang::QualType& type) const {
    if (const auto* tag = type->getAsTagDecl();
        tag != nullptr && tag->getName().empty() && type->getAs<clang::TypedefType>() == nullptr)
      return {};
    return type.getAsString(context_.getPrintingPolicy());
  }

  Type convert(const clang::QualType& type, std::size_t level) {
    if (const auto* array = context_.getAsArrayType(type)) return array_of(*array, type, level);
    if (type->isIncompleteType() || type->isFunctionType()) refuse(type, "it has no bytes");
    const auto size = static_cast<std::uint32_t>(context_.getTypeSizeInChars(type).getQuantity());
    Type made{.kind = Kind::bytes, .name = name_of(type), .size = size};
    if (const auto* record = type->getAsRecordDecl()) return record_of(*record, std::move(made), level);
    if (const auto* enumeration = type->getAs<clang::EnumType>()) return enumeration_of(*enumeration, std::move(made));
    if (type->isPointerType())
      made.kind = Kind::pointer;
    else if (type->isBooleanType())
      made.kind = Kind::boolean;
    else if (type->isAnyCharacterType() && is_plain_char(type))
      made.kind = Kind::character;
    else if (type->isRealFloatingType() && (size == sizeof(float) || size == sizeof(double)))
      made.kind = Kind::floating;
    else if (type->isIntegerType() && size <= sizeof(std::uint64_t))
      made.kind = type->isSignedIntegerType() ? Kind::signed_integer : Kind::unsigned_integer;
    return made;
  }

  static bool is_plain_char(const clang::QualType& type) {
    const auto* built_in = type->getAs<clang::BuiltinType>();
    return built_in != nullptr &&
           (built_in->getKind() == clang::BuiltinType::Char_S || built_in->getKind() == clang::BuiltinType::Char_U);
  }

  Type array_of(const clang::ArrayType& array, const clang::QualType& type, std::size_t level) {
    const bool is_typedef = type->getAs<clang::TypedefType>() != nullptr;
    Type made{.kind = Kind::array, .name = is_typedef ? type.getAsString() : std::string()};
    made.element = add(array.getElementType(), level + 1);
    const auto element = schema_.types[made.element].size;
    std::uint64_t count = 0;
    if (const auto* sized = llvm::dyn_cast<clang::ConstantArrayType>(&array)) count = sized->getSize().getZExtValue();
    if (count * element > largest_type) refuse(type, "the array is too large");
    made.count = element == 0 ? 0 : static_cast<std::uint32_t>(count);
    made.size = made.count * element;
    return made;
  }

  Type record_of(const clang::RecordDecl& record, Type made, std::size_t level) {
    made.kind = record.isUnion() ? Kind::union_ : Kind::structure;
    const auto& layout = context_.getASTRecordLayout(&record);
    for (const auto* field : record.fields()) {
      const bool is_padding =
          field->isUnnamedBitfield() || (field->getName().empty() && !field->isAnonymousStructOrUnion());
      if (is_padding) continue;
      Field one{.name = field->getNameAsString(), .type = add(field->getType(), level + 1)};
      one.bit_offset = static_cast<std::uint32_t>(layout.getFieldOffset(field->getFieldIndex()));
      if (field->isBitField()) one.bit_size = field->getBitWidthValue(context_);
      made.fields.push_back(std::move(one));
    }
    return made;
  }

  static Type enumeration_of(const clang::EnumType& type, Type made) {
    made.kind = Kind::enumeration;
    made.is_signed = type.getDecl()->getIntegerType()->isSignedIntegerType();
    for (const auto* item : type.getDecl()->enumerators())
      made.values.push_back({item->getNameAsString(), item->getInitVal().getExtValue()});
    return made;
  }

  const clang::ASTContext& context_;
  Schema schema_;
  std::map<void*, std::uint32_t> known_;
};

}  // namespace

Schema schema_from_ast(const clang::QualType& type, const clang::ASTContext& context) {
  auto schema = Builder(context).build(type);
  if (const auto fault = schema_fault(schema)) throw Error(Stage::compile, type.getAsString(), *fault);
  return schema;
}

}  // namespace sonda
