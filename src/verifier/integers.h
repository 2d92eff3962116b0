// Local variables that are numbers: how they are declared, what is asked of them, how else they could be declared.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/source_text.h"
#include "verifier/suggestion.h"

namespace sonda {

/// What a type's name says of it.
struct IntegerType {
  int bits = 64;
  bool is_signed = false;
  bool is_volatile = false;
};
std::optional<IntegerType> integer_type(std::string_view type);

/// Whether the type, which may be no integer, has no numbers below 0.
bool is_unsigned(std::string_view type);

/// Whether the text is made of variables, and can be said twice: it changes nothing.
bool is_variable(std::string_view text);

/// Of a local variable: whether it has values below 0.
bool may_be_negative(const SourceText& source, std::uint32_t line, std::string_view variable);

/// Whether the function, above or on `line`, has `number` with one of `behind` right behind it: {"<16", ">=16"}. Blanks
/// do not count.
bool has_comparison(const SourceText& source, std::uint32_t line, std::string_view number,
                    const std::vector<std::string>& behind);

/// Declarations of `variable` in 64 bits. The compiler compares a narrower one in one register and uses it in another,
/// so that the verifier forgets what was asked; a volatile one it reads again. None where its address or its size is
/// used, or where it is 64 bits wide already.
std::vector<Suggestion> widened(const SourceText& source, std::uint32_t line, std::string_view variable);

/// The same with `check` behind the declaration, where nothing is done between it and the statement on `line`.
std::vector<Suggestion> widened_and_checked(const SourceText& source, std::uint32_t line, std::string_view variable,
                                            std::string_view check);

}  // namespace sonda
