// Macros and inline functions, which BTF does not know: found by name in headers, and written again.
#pragma once

#include <deque>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "headers/c_names.h"

namespace sonda {

/// The macros of some header files. Of two definitions the first that was added counts; conditions are not looked at.
class MacroLibrary {
 public:
  /// Adds the macros of a file's text. With `only_constants` only names without small letters are taken, and
  /// `NAME = NUMBER` of an enum counts too.
  void add(std::string text, bool only_constants);
  /// The same for a file; one that is not there adds nothing.
  void add_file(const std::filesystem::path& path, bool only_constants);

  /// Those macros of the library that `names` holds, and all that their bodies name, each before its first use; without
  /// those in `defined`.
  std::vector<std::string_view> closure(const NameSet& names, const NameSet& defined) const;
  bool contains(std::string_view name) const { return macros_.contains(name); }
  /// What follows `#define ` for the macro `name`, in one line without comments.
  const std::string& definition(std::string_view name) const { return macros_.at(name); }

 private:
  void add_define(std::string_view line, bool only_constants);
  void add_enumerator(std::string_view line);

  std::deque<std::string> texts_;
  std::unordered_map<std::string_view, std::string> macros_;
};

/// The user-space headers of this machine that belong to the `includes` of a probe, and the few that every probe may
/// take constants from. They come from the package linux-libc-dev; without it the list names files that are not there.
std::vector<std::filesystem::path> user_space_headers(const std::vector<std::string_view>& includes);

/// Whether the name looks like that of a constant: no small letter in it.
bool is_constant_name(std::string_view name);

/// Those of all user-space kernel headers of this machine that define one of `names` (as #define), if they agree on
/// what it is: a name that means different things in different headers is not guessed.
std::vector<std::filesystem::path> headers_that_define(const NameSet& names);

/// The functions of one file: each begins with `static` and ends with its body's closing brace.
class FunctionLibrary {
 public:
  explicit FunctionLibrary(std::string text);
  FunctionLibrary(const FunctionLibrary&) = delete;  // the views point into its own text
  FunctionLibrary& operator=(const FunctionLibrary&) = delete;

  /// Those functions that `names` holds, and all that they call, each before its first use; without those in `defined`.
  std::vector<std::string_view> closure(const NameSet& names, const NameSet& defined) const;
  /// The whole function.
  std::string_view definition(std::string_view name) const { return functions_.at(name); }

 private:
  std::string text_;
  std::unordered_map<std::string_view, std::string_view> functions_;
};

}  // namespace sonda
