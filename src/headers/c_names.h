// What a piece of C names and what it defines, by its tokens alone: enough to know which kernel types it needs.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sonda {

using NameSet = std::unordered_set<std::string_view>;

/// All views point into the text that was given to collect_names(). Both arms of an #if count.
struct CNames {
  NameSet used;       ///< every identifier, those of macro bodies and directives included
  NameSet used_tags;  ///< what follows struct, union or enum
  NameSet tags;       ///< structs, unions and enums that are defined
  /// Typedefs, enumerators, macros, functions and file-scope variables that are defined; but a macro that the code uses
  /// before it defines it is somebody else's, too.
  NameSet ordinary;
  NameSet tested;                          ///< what conditions of the preprocessor ask about
  std::vector<std::string_view> includes;  ///< FILE of each `#include <FILE>`
  /// Category and name of each `TRACEPOINT_PROBE(CATEGORY, NAME)` and `struct tracepoint__CATEGORY__NAME`.
  std::vector<std::pair<std::string_view, std::string_view>> tracepoints;
  std::vector<std::string_view> iterators;  ///< TARGET of each `BPF_ITER(TARGET)`
};

/// Reads `text`. Text that is not C gives whatever its identifiers give.
CNames collect_names(std::string_view text);

/// The identifiers of `text`, comments and literals left out, in their order.
std::vector<std::string_view> identifiers(std::string_view text);

}  // namespace sonda
