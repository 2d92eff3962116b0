// A probe's text, line by line, as far as advice on it needs to understand C.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonda {

/// A variable and how it was declared: "struct key_t key;" or "u64 flags = 0;".
struct Declaration {
  std::uint32_t line = 0;
  std::string type;  ///< "struct key_t *"
  bool initialized = false;
  std::optional<std::string> elements;  ///< of an array: what stands in its brackets
};

/// The text must outlive it. Lines count from 1; those that are not there are empty.
class SourceText {
 public:
  explicit SourceText(std::string_view text);

  std::uint32_t lines() const noexcept { return static_cast<std::uint32_t>(raw_.size()); }
  std::string_view line(std::uint32_t number) const;
  /// The same without comments and with blanks for what stands in quotes.
  std::string_view code(std::uint32_t number) const;

  /// First and last line of the function that `number` is in: from its head to its closing brace; nothing outside of
  /// one.
  struct Function {
    std::uint32_t first = 0, last = 0;
  };
  std::optional<Function> function_around(std::uint32_t number) const;
  /// The last line of the statement that begins or goes on in `number`: the one with its `;`. Nothing if there is none.
  std::optional<std::uint32_t> end_of_statement(std::uint32_t number) const;

  /// What the function that `number` is in returns at its end, if that is a plain word or number; else "0", or
  /// what lets a packet pass.
  std::string usual_return(std::uint32_t number) const;
  /// How the function that `number` is in declares the variable above that line (or on it); nothing if it is not clear.
  std::optional<Declaration> declaration(std::string_view variable, std::uint32_t number) const;
  /// How many elements the array member or variable of that name has, by its only declaration.
  std::optional<std::string> elements_of(std::string_view array) const;

 private:
  std::vector<std::string_view> raw_;
  std::string code_text_;
  std::vector<std::string_view> code_;
  std::vector<int> depth_;  ///< braces that are open where the line begins
};

/// Where `word` stands in `text` as a whole word; npos if it does not.
std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0);
bool has_word(std::string_view text, std::string_view word);
/// The letters of a name right before `end` of `text`; empty if there are none.
std::string_view name_before(std::string_view text, std::size_t end);
/// All names in `text`, each once, in their order.
std::vector<std::string_view> names_in(std::string_view text);
/// The variable that gets what the code at `before` in `text` gives: "v" of "struct val *v = counts.lookup(&key)".
std::optional<std::string> assigned_variable(std::string_view text, std::size_t before);
/// A call in a line of code: where its name and its brackets are, and its arguments.
struct CallText {
  std::size_t name = 0, open = 0, close = 0;
  std::vector<std::string_view> arguments;
};
/// The only call in `code` of a function whose name ends with `name` (a method, with the dot); nothing if there are
/// more.
std::optional<CallText> only_call(std::string_view code, std::string_view name);
/// The bracket that closes the one at `open`.
std::optional<std::size_t> closing(std::string_view code, std::size_t open);

}  // namespace sonda
