// What can be done to a line of a probe: the shapes that suggestions are made of.
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

}  // namespace sonda
