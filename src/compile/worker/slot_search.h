// What the keys of maps are made of, statement by statement: how a slot of a histogram stands for a value.
#pragma once

#include <functional>
#include <string>

namespace clang {
class ASTContext;
class FunctionDecl;
class ValueDecl;
}  // namespace clang

namespace sonda {

/// How a number was made. Of several ways the greatest counts: what else a slot may be is an exception to it.
enum class Made : unsigned char {
  unknown,
  constant,
  value,
  log2,  ///< by bpf_log2()
  log2l  ///< by bpf_log2l()
};

/// Told for each key that is handed to a map: the map, the field of the key (empty of one that is no struct).
using TellMade = std::function<void(const clang::ValueDecl& map, const std::string& field, Made made)>;

/// Follows what the function, if it is one of the probe's file, and those that it calls put into variables.
void find_slots(const clang::FunctionDecl& function, clang::ASTContext& context, const TellMade& tell);

}  // namespace sonda
