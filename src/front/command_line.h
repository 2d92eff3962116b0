// What a command line may say. CLI11 reads it, and is included by command_line.cpp alone: it takes a compiler seconds.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace sonda::front {

/// An option that was declared, to say more of it. Valid as long as its CommandLine.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}

  Option& required(bool is_required = true);
  /// The two cannot be given together.
  Option& excludes(const Option& other);
  /// The heading under which --help lists it.
  Option& group(const std::string& heading);

 private:
  CLI::Option* option_;
};

/// The options and arguments of one program, or of one of its commands. A handle: copies stand for the same thing.
/// `names` is as in "-d,--duration"; `type` is what --help calls the value. What `into` refers to is written while
/// parse() runs, and stays as it was where the option is not given; readers may throw Error(Stage::usage).
class CommandLine {
 public:
  using Reader = std::function<void(const std::string&)>;

  CommandLine(const std::string& program, const std::string& summary);

  Option flag(const std::string& names, bool& into, const std::string& help);
  Option flag(const std::string& names, std::function<void()> when_given, const std::string& help);
  Option text(const std::string& names, const std::string& type, std::string& into, const std::string& help);
  Option text(const std::string& names, const std::string& type, const Reader& read, const std::string& help);
  /// One that may be given several times, with one value each time; a reader gets them in that order.
  Option texts(const std::string& names, const std::string& type, std::vector<std::string>& into,
               const std::string& help);
  Option texts(const std::string& names, const std::string& type, Reader read, const std::string& help);
  /// What stands there without an option's name: one word, or all that there are.
  Option argument(const std::string& name, std::string& into, const std::string& help);
  Option arguments(const std::string& name, std::vector<std::string>& into, const std::string& help);

  /// What --help ends with.
  void footer(const std::string& text);
  /// --version prints this.
  void version(const std::string& text);

  /// A word of its own, with options of its own. Options of this command line may stand behind it, too, if it
  /// inherits them.
  CommandLine command(const std::string& name, const std::string& summary);
  void inherit_options();
  void require_commands(std::size_t least, std::size_t most);
  void when_given(std::function<void()> body);
  /// Whether the command line named this command; known after parse().
  bool given() const;

  /// What came of reading one that is not to be run.
  struct Answer {
    bool wrong = false;  ///< else --help or --version was asked for
    std::string text;    ///< the help, the version, or what is wrong
    std::string asked;   ///< the program and the command, whose --help shows more
  };
  /// Reads it; nothing if the program is to run.
  std::optional<Answer> parse(int argc, const char* const* argv);

 private:
  explicit CommandLine(std::shared_ptr<CLI::App> app) : app_(std::move(app)) {}
  std::shared_ptr<CLI::App> app_;
};

}  // namespace sonda::front
