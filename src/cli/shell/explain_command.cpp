// explain.
#include "cli/shell/commands.h"
#include "report/explanation/printers.h"
#include "sonda/explanation.h"

namespace sonda::shell {

// A refused function is part of the answer, no error.
void explain_command(Workspace& workspace, Arguments& arguments) {
  const auto function = arguments.try_word();
  arguments.require_end();
  auto& file = function ? workspace.file_of_function(*function) : workspace.file(std::nullopt);
  const auto explanation = explain_program(file.probe, function ? std::vector{*function} : std::vector<std::string>());
  auto& output = workspace.run().output();
  if (workspace.json()) {
    for (const auto& line : report::explanation_json(explanation)) output.write(line);
    return;
  }
  auto text = report::explanation_text(explanation, report::style_for(output));
  text.pop_back();
  workspace.output().line(text);
}

}  // namespace sonda::shell
