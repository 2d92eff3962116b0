// What can be done to a line of a probe, the shapes that suggestions are made of; and local variables that are numbers:
// how they are declared, what is asked of them, how else they could be declared.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verifier/source_text.h"
#include "verifier/suggestion.h"

namespace sonda {

/// "return 0;" as the function that `line` is in returns at its end; "return;" in one that gives nothing.
std::string leave(const SourceText& source, std::uint32_t line);

/// Whether the code is a statement of its own, not the head of a branch or a loop, nor the body behind one.
bool stands_alone(std::string_view code);

/// Whether `line` is the whole body of the branch or the loop whose head is above it, without braces.
bool is_bare_body(const SourceText& source, std::uint32_t line);

/// The line before which statements can be put that run before what is on `line`, and only then: where its statement
/// begins. Nothing where that would take a body from its head.
std::optional<std::uint32_t> place_before(const SourceText& source, std::uint32_t line);

/// `text` before the statement on `line`; empty where nothing can be put there.
std::vector<Suggestion> put_before(const SourceText& source, std::uint32_t line, std::string text);

/// The line with the part of its code from `from` to `to` replaced. Code and line have the same bytes.
Suggestion replaced(const SourceText& source, std::uint32_t line, std::size_t from, std::size_t to,
                    std::string_view with);

/// Where `part`, which is of `whole`, stands in it.
std::size_t offset_in(std::string_view whole, std::string_view part);

/// `line`, a whole statement, as `{ BEFORE STATEMENT }` with the part of it from `from` to `to` replaced; empty if it
/// is none that braces may stand around.
std::vector<Suggestion> wrapped(const SourceText& source, std::uint32_t line, std::string_view before, std::size_t from,
                                std::size_t to, std::string_view with);

/// "events.ringbuf_discard(event, 0);" of what `line` reserves; nothing if it reserves nothing.
std::optional<std::string> discard_of(const SourceText& source, std::uint32_t line);

/// "i" of "for (...; i < COUNT; ...)"; empty if the code is no such head.
std::string_view counter_of(std::string_view code);

/// The head of a loop on `line` with another end beside its own: COUNTER < `most`. Empty if its own is a number.
std::vector<Suggestion> bound_for(const SourceText& source, std::uint32_t line, const std::string& most);

/// A statement that makes the compiler forget what it knows of the variable: what is asked of it then stays asked.
std::string barrier(std::string_view variable);

/// A name that the function around `line` does not use: `wanted`, or that with an underscore.
std::string free_name(const SourceText& source, std::uint32_t line, std::string_view wanted);

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
