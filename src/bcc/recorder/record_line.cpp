#include "bcc/recorder/record_line.h"

#include "base/text.h"

namespace sonda::bcc {
namespace {

void add_word(std::string& line, std::string_view word) {
  for (const char c : word) {
    if (c == '\t')
      line += "\\t";
    else if (c == '\n')
      line += "\\n";
    else if (c == '\\')
      line += "\\\\";
    else
      line += c;
  }
}

std::string plain_word(std::string_view escaped) {
  std::string word;
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    const bool is_escape = escaped[i] == '\\' && i + 1 < escaped.size();
    const char c = is_escape ? escaped[++i] : escaped[i];
    word += !is_escape || c == '\\' ? c : c == 't' ? '\t' : '\n';
  }
  return word;
}

}  // namespace

std::string record_line(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words) {
    if (!line.empty()) line += '\t';
    add_word(line, word);
  }
  return line + '\n';
}

std::vector<std::string> record_words(std::string_view line) {
  std::vector<std::string> words;
  for (const auto part : split(line, '\t')) words.push_back(plain_word(part));
  return words;
}

}  // namespace sonda::bcc
