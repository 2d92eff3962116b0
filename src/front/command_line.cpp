#include "front/command_line.h"

#include <CLI/CLI.hpp>
#include <utility>

namespace sonda::front {
namespace {

/// One value each time that it is given; without this a value's neighbours would be taken for more of them.
CLI::Option* one_each_time(CLI::Option* option, const std::string& type) {
  return option->type_name(type)->expected(1)->allow_extra_args(false)->multi_option_policy(
      CLI::MultiOptionPolicy::TakeAll);
}

std::string program_and_command(const CLI::App& app) {
  auto name = app.get_name();
  for (const auto* command : app.get_subcommands()) name += " " + command->get_name();
  return name;
}

}  // namespace

Option& Option::required(bool is_required) {
  option_->required(is_required);
  return *this;
}

Option& Option::excludes(const Option& other) {
  option_->excludes(other.option_);
  return *this;
}

Option& Option::group(const std::string& heading) {
  option_->group(heading);
  return *this;
}

CommandLine::CommandLine(const std::string& program, const std::string& summary)
    : app_(std::make_shared<CLI::App>(summary, program)) {}

Option CommandLine::flag(const std::string& names, bool& into, const std::string& help) {
  return Option(app_->add_flag(names, into, help));
}

Option CommandLine::flag(const std::string& names, std::function<void()> when_given, const std::string& help) {
  return Option(app_->add_flag_callback(names, std::move(when_given), help));
}

Option CommandLine::text(const std::string& names, const std::string& type, std::string& into,
                         const std::string& help) {
  return Option(app_->add_option(names, into, help)->type_name(type));
}

Option CommandLine::text(const std::string& names, const std::string& type, const Reader& read,
                         const std::string& help) {
  return Option(app_->add_option_function<std::string>(names, read, help)->type_name(type));
}

Option CommandLine::texts(const std::string& names, const std::string& type, std::vector<std::string>& into,
                          const std::string& help) {
  return Option(one_each_time(app_->add_option(names, into, help), type));
}

Option CommandLine::texts(const std::string& names, const std::string& type, Reader read, const std::string& help) {
  const auto read_all = [read = std::move(read)](const std::vector<std::string>& texts) {
    for (const auto& text : texts) read(text);
  };
  return Option(one_each_time(app_->add_option_function<std::vector<std::string>>(names, read_all, help), type));
}

Option CommandLine::argument(const std::string& name, std::string& into, const std::string& help) {
  return Option(app_->add_option(name, into, help)->type_name(""));
}

Option CommandLine::arguments(const std::string& name, std::vector<std::string>& into, const std::string& help) {
  return Option(app_->add_option(name, into, help)->type_name(""));
}

void CommandLine::footer(const std::string& text) { app_->footer(text); }

void CommandLine::version(const std::string& text) { app_->set_version_flag("--version", text, "Print the version"); }

CommandLine CommandLine::command(const std::string& name, const std::string& summary) {
  return CommandLine(app_->get_subcommand_ptr(app_->add_subcommand(name, summary)));
}

void CommandLine::inherit_options() { app_->fallthrough(); }

void CommandLine::require_commands(std::size_t least, std::size_t most) { app_->require_subcommand(least, most); }

void CommandLine::when_given(std::function<void()> body) { app_->callback(std::move(body)); }

bool CommandLine::given() const { return app_->parsed(); }

std::optional<CommandLine::Answer> CommandLine::parse(int argc, const char* const* argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Answer{.text = app_->help()};
  } catch (const CLI::CallForVersion& version) {
    return Answer{.text = version.what()};
  } catch (const CLI::ParseError& error) {
    return Answer{.wrong = true, .text = error.what(), .asked = program_and_command(*app_)};
  }
  return std::nullopt;
}

}  // namespace sonda::front
