#include "source/at_comments.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <utility>

#include "base/text.h"
#include "source/at_line.h"
#include "source/attach_notation.h"
#include "source/c_scanner.h"
#include "source/function_finder.h"
#include "source/map_entry.h"
#include "source/show_kinds.h"

namespace sonda {
namespace {

// Words of documentation tools, which may stand in any file.
constexpr auto prose = std::to_array<std::string_view>(
    {"a",       "addtogroup", "attention",   "author",   "authors", "b",        "brief",      "bug",     "c",
     "code",    "cond",       "copyright",   "date",     "def",     "defgroup", "deprecated", "details", "e",
     "endcode", "endcond",    "endverbatim", "enum",     "example", "file",     "fn",         "ingroup", "internal",
     "license", "li",         "link",        "mainpage", "n",       "name",     "note",       "p",       "page",
     "par",     "post",       "pre",         "ref",      "remark",  "remarks",  "result",     "return",  "returns",
     "retval",  "sa",         "section",     "see",      "since",   "struct",   "test",       "throws",  "tparam",
     "typedef", "union",      "var",         "verbatim", "version", "warning"});

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view without_leading(std::string_view text, std::string_view characters) {
  text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
  return text;
}

/// The text without the quotes around it and the backslashes before characters.
std::string unquoted(std::string_view literal) {
  std::string out;
  for (std::size_t i = 1; i + 1 < literal.size(); ++i) {
    if (literal[i] == '\\' && i + 2 < literal.size()) ++i;
    out += literal[i];
  }
  return out;
}

class CommentReader {
 public:
  CommentReader(const std::string& file, std::string_view text) : source_(file, text), quiet_(text) {}

  AtComments read() {
    CScanner scanner(source_.text());
    FunctionFinder functions;
    while (const auto token = scanner.next()) {
      if (token->kind == CToken::Kind::comment)
        read_comment(token->text, functions.inside_function());
      else
        quiet_.feed(*token);
      if (const auto begun = functions.feed(*token)) settle(*begun);
    }
    if (!waiting_.empty()) throw error_no_function(waiting_.front());
    found_.quiet_lines = quiet_.take();
    return std::move(found_);
  }

 private:
  struct Waiting {
    AttachPoint point;
    std::string_view text;
    bool wants_pid;
  };

  void read_comment(std::string_view comment, bool inside_function) {
    const bool block = comment.starts_with("/*"), documentation = comment.starts_with("/**");
    if (block && comment.ends_with("*/") && comment.size() >= 4) comment.remove_suffix(2);
    bool first = true;
    while (true) {
      auto line = comment.substr(0, comment.find('\n'));
      const bool last = line.size() == comment.size();
      comment.remove_prefix(last ? line.size() : line.size() + 1);
      if (line.ends_with('\r')) line.remove_suffix(1);
      line = without_leading(line, " \t");
      if (first) line.remove_prefix(2);
      line = without_leading(without_leading(line, block ? "*! \t" : "/!"), " \t");
      // What continues a `//` comment behind a backslash is text.
      // In doxygen's comments a @param without quotes is one of a function.
      const bool of_function = documentation && line.starts_with("@param") && line.find('"') == line.npos;
      if ((block || first) && line.starts_with('@') && !of_function) read_line(line.substr(1), inside_function);
      first = false;
      if (last) return;
    }
  }

  void read_line(std::string_view line, bool inside_function) {
    const auto word = line.substr(0, name_length(line));
    const auto after = line.substr(word.size());
    static const std::vector<std::string> known{"attach",   "param", "map",   "event", "show",
                                                "tailcall", "slot",  "quiet", "hide",  "set"};
    const bool is_known = std::ranges::find(known, word) != known.end();
    if (is_known && after.size() > 1 && after[0] == ':' && !is_blank(after[1]))
      throw source_.error(after, fmt::format("a blank is missing after '@{}'", word), {});
    // "@name: what it is" of the kernel's documentation, "@param[in]" of doxygen, addresses.
    const bool is_word = is_identifier(word) && (after.empty() || is_blank(after[0]));
    if (!is_word || std::ranges::find(prose, word) != prose.end()) return;
    AtLine words(source_, after);
    if (word == "attach") return read_attach(words, inside_function);
    if (word == "param") return read_param(words);
    if (word == "map") return read_map(words);
    if (word == "event") return read_event(words);
    if (word == "show") return read_show(words);
    if (word == "tailcall" || word == "slot") return read_slot(words, word);
    if (word == "quiet") return read_quiet(words, word);
    if (word == "hide") return read_hide(words);
    if (word == "set") return read_set(words);
    throw source_.error(
        word, fmt::format("there is no '@{}'", word),
        did_you_mean(word, known,
                     "possible are @attach, @param, @map, @event, @show, @hide, @set, @tailcall, @slot and @quiet"));
  }

  void read_attach(AtLine& words, bool inside_function) {
    words.set_form("// @attach POINT, in a line above a function");
    const auto text = words.rest();
    if (text.empty()) throw words.error(text, "the attach point is missing");
    if (inside_function) throw words.error(text, "an @attach stands above its function, this one stands inside one");
    const bool wants_pid = text.find(pid_variable) != text.npos;
    // Which process it will be is not known yet; any number shows whether the rest is right.
    const auto readable = wants_pid ? with_pid(text, 1) : std::string(text);
    const auto complain = [&](std::size_t offset, std::string cause, std::string hint) {
      return source_.error(wants_pid ? text : text.substr(offset), std::move(cause), std::move(hint));
    };
    waiting_.push_back({read_attach_point(readable, complain), text, wants_pid});
  }

  /// `function` is the one that the attach points above it speak of.
  void settle(const std::string& function) {
    for (auto& waiting : std::exchange(waiting_, {})) {
      require_new("@attach " + to_string(waiting.point) + " " + function, waiting.text,
                  fmt::format("{} is already attached there", function));
      found_.attachments.push_back({std::move(waiting.point), function, source_.at(waiting.text),
                                    waiting.wants_pid ? std::string(waiting.text) : std::string()});
    }
  }

  Error error_no_function(const Waiting& waiting) const {
    return source_.error(waiting.text, "no function follows this @attach",
                         "put it above the definition of the function that is to be attached");
  }

  void read_param(AtLine& words) {
    words.set_form("// @param NAME DEFAULT \"what it is\"");
    const auto name = words.name("the parameter's name");
    const auto value = words.word("the default value");
    if (!is_c_value(value) && value != pid_variable)
      throw words.error(value, fmt::format("'{}' cannot be a value: it is not one token of C", value),
                        "a value is one number, name, string or character");
    const auto help = words.word("the text that says what it is");
    if (help[0] != '"' || !is_c_value(help)) throw words.error(help, "what the parameter is stands in double quotes");
    words.end();
    require_new("@param " + std::string(name), name, fmt::format("parameter {} is there already", name));
    found_.parameters.push_back({std::string(name), std::string(value), unquoted(help), source_.at(name)});
  }

  void read_map(AtLine& words) {
    words.set_form("// @map NAME OPTION..., options being max_entries=N, shared and pinned");
    const auto name = words.name("the map's name");
    MapOption option{.map = std::string(name), .at = source_.at(name)};
    do {
      const auto word = words.word("an option");
      if (word == "shared" || word == "pinned")
        (word == "shared" ? option.shared : option.pinned) = true;
      else
        read_max_entries(words, word, option);
    } while (!words.at_end());
    require_new("@map " + option.map, name, fmt::format("map {} has its @map already", name));
    found_.map_options.push_back(std::move(option));
  }

  static void read_max_entries(const AtLine& words, std::string_view word, MapOption& option) {
    const auto key = word.substr(0, word.find('='));
    if (key != "max_entries") throw words.error(word, fmt::format("a map has no option '{}'", key));
    if (option.max_entries) throw words.error(word, "max_entries is there already");
    const auto value = word.substr(std::min(key.size() + 1, word.size()));
    const auto number = parse_u64(value);
    if (!number || *number == 0 || *number > std::numeric_limits<std::uint32_t>::max())
      throw words.error(value, fmt::format("'{}' is no number of entries", value), "a number from 1 to 4294967295");
    option.max_entries = static_cast<std::uint32_t>(*number);
  }

  void read_show(AtLine& words) {
    words.set_form("// @show FIELD as KIND, or // @show MAP.FIELD as KIND");
    const auto field = words.word("the field's name");
    const auto dot = field.find('.');
    ShowOption option{.map = std::string(dot == field.npos ? "" : field.substr(0, dot)),
                      .field = std::string(dot == field.npos ? field : field.substr(dot + 1)),
                      .at = source_.at(field)};
    if (!is_identifier(option.field) || (dot != field.npos && !is_identifier(option.map)))
      throw words.error(field, fmt::format("'{}' is no name of a field", field));
    if (const auto as = words.word("'as'"); as != "as") throw words.error(as, "'as' is missing before the kind");
    read_kind(words, words.word("the kind"), option);
    words.end();
    require_new("@show " + std::string(field), field, fmt::format("{} has its @show already", field));
    found_.show_options.push_back(std::move(option));
  }

  static void read_kind(const AtLine& words, std::string_view text, ShowOption& option) {
    static const auto kinds = show_words();
    constexpr std::string_view of_map = "stack(";
    if (text.starts_with(of_map) && text.ends_with(')')) {
      option.stacks = text.substr(of_map.size(), text.size() - of_map.size() - 1);
      if (is_identifier(option.stacks)) text = "stack";
    }
    const auto known = std::ranges::find(kinds, text == "size" ? "bytes" : text == "duration(ns)" ? "duration" : text);
    if (known == kinds.end())
      throw words.error(text, fmt::format("there is no kind '{}'", text),
                        did_you_mean(text, kinds, "possible are stack(MAP), " + join(kinds, ", ")));
    option.as = static_cast<Show>(known - kinds.begin());
  }

  /// Of a program array, which holds functions, or of a map of maps.
  void read_slot(AtLine& words, std::string_view word) {
    const bool calls = word == "tailcall";
    words.set_form(calls ? "// @tailcall TABLE[INDEX] = FUNCTION" : "// @slot TABLE[INDEX] = MAP");
    const auto text = words.rest();
    const auto open = text.find('['), close = text.find(']'), equals = text.find('=');
    if (open == text.npos || close == text.npos || equals == text.npos || open > close || close > equals)
      throw words.error(text, "this is no slot and function");
    const auto map = trim(text.substr(0, open)), index = trim(text.substr(open + 1, close - open - 1)),
               function = trim(text.substr(equals + 1));
    if (!is_identifier(map)) throw words.error(map, fmt::format("'{}' is no name of a map", map));
    const auto slot = parse_u64(index);
    if (!slot || *slot > std::numeric_limits<std::uint32_t>::max())
      throw words.error(index, fmt::format("'{}' is no index", index), "a number from 0 on");
    if (!trim(text.substr(close + 1, equals - close - 1)).empty() || !is_identifier(function))
      throw words.error(function, fmt::format("'{}' is no name of a {}", function, calls ? "function" : "map"));
    const auto number = static_cast<std::uint32_t>(*slot);
    require_new(fmt::format("slot {}[{}]", map, number), map, fmt::format("{}[{}] is said already", map, number));
    found_.tail_calls.push_back({std::string(map), number, std::string(function), source_.at(map)});
  }

  void read_quiet(AtLine& words, std::string_view word) {
    words.set_form("// @quiet, in a line above a statement or a function");
    words.end();
    quiet_.begin(static_cast<std::size_t>(word.data() - source_.text().data()));
  }

  void read_hide(AtLine& words) {
    words.set_form("// @hide MAP");
    const auto map = words.name("the map's name");
    words.end();
    require_new("@hide " + std::string(map), map, fmt::format("map {} is hidden already", map));
    found_.hidden_maps.push_back({std::string(map), source_.at(map)});
  }

  void read_set(AtLine& words) {
    words.set_form("// @set MAP[KEY] = VALUE; of a queue or a stack // @set MAP = VALUE");
    const auto text = words.rest();
    found_.map_entries.push_back(read_map_entry(text, [&](std::size_t offset, std::string cause, std::string hint) {
      return words.error(text.substr(offset), std::move(cause), std::move(hint));
    }));
    found_.map_entries.back().at = source_.at(text);
  }

  void read_event(AtLine& words) {
    words.set_form("// @event MAP struct TYPE");
    const auto map = words.name("the map's name");
    const auto keyword = words.word("the type");
    if (keyword != "struct" && keyword != "union")
      throw words.error(keyword, fmt::format("'{}' is no type of an event", keyword));
    const auto type = words.name("the type's name");
    words.end();
    require_new("@event " + std::string(map), map, fmt::format("map {} has its @event already", map));
    found_.event_types.push_back({std::string(map), fmt::format("{} {}", keyword, type), source_.at(map)});
  }

  /// Throws if `what` was said before.
  void require_new(const std::string& what, std::string_view part, const std::string& cause) {
    const auto line = source_.at(part).line;
    const auto [before, is_new] = said_.try_emplace(what, line);
    if (!is_new) throw source_.error(part, cause, fmt::format("it is said in line {}", before->second));
  }

  ProbeText source_;
  QuietLines quiet_;
  AtComments found_;
  std::vector<Waiting> waiting_;
  std::map<std::string, int> said_;
};

}  // namespace

std::string with_pid(std::string_view text, pid_t pid) {
  std::string result(text);
  for (auto at = result.find(pid_variable); at != result.npos; at = result.find(pid_variable, at))
    result.replace(at, pid_variable.size(), std::to_string(pid));
  return result;
}

AtComments read_at_comments(const std::string& file, std::string_view text) { return CommentReader(file, text).read(); }

}  // namespace sonda
