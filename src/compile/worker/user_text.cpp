#include "compile/worker/user_text.h"

#include "base/text.h"

namespace sonda {

UserText::UserText(std::string name, std::string_view source, std::string_view rewritten)
    : name_(std::move(name)),
      lines_(map_lines(source, rewritten)),
      source_(split_lines(source)),
      rewritten_(split_lines(rewritten)) {}

TextPlace UserText::written(TextPlace compiled) const {
  if (compiled.line == 0 || compiled.line > lines_.size()) return {};
  const auto line = lines_[compiled.line - 1];
  const bool untouched = this->line(line) == rewritten_.at(compiled.line - 1);
  return {line, untouched ? compiled.column : 0};
}

std::string_view UserText::line(std::uint32_t number) const {
  return number == 0 || number > source_.size() ? std::string_view() : source_[number - 1];
}

}  // namespace sonda
