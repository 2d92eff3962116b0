// Runs while Sonda is built: turns libbpf's bpf_helper_defs.h, which the kernel's documentation is in, into a table.
#include <cctype>
#include <fstream>
#include <iostream>
#include <regex>
#include <sstream>
#include <string>

namespace {

/// The lines of a comment, without the stars, as one text; sections are parted by '\n'.
std::string plain(const std::string& comment) {
  std::istringstream lines(comment);
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    const auto start = line.find_first_not_of(" *\t");
    if (start == std::string::npos)
      text += '\n';
    else
      text += (text.empty() || text.back() == '\n' ? "" : " ") + line.substr(start);
  }
  // The marks of reStructuredText: *name*, **name**, **name**\ ().
  return std::regex_replace(std::regex_replace(text, std::regex(R"(\\ ?)"), ""), std::regex(R"(\*+)"), "");
}

/// Its first sentence, without the full stop.
std::string first_sentence(const std::string& text) {
  static const std::regex end(R"((\.|:)( |$))");
  const auto line = text.substr(0, text.find('\n'));
  std::smatch match;
  // Before a list or a formula that follows.
  static const std::regex lead(R"(,? and created as such$)");
  std::string rest = line;
  std::string sentence;
  while (std::regex_search(rest, match, end)) {
    sentence += match.prefix().str();
    // "e.g. this" goes on.
    if (!(sentence.ends_with("e.g") || sentence.ends_with("i.e"))) return std::regex_replace(sentence, lead, "");
    sentence += match.str();
    rest = match.suffix().str();
  }
  return sentence + rest;
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::ifstream in(argv[1]);
  std::stringstream all;
  all << in.rdbuf();
  const auto text = all.str();
  std::ofstream out(argv[2]);
  static const std::regex declaration(R"(\nstatic ([^\n]*)\(\*(bpf_\w+)\)(\([^\n]*\)) = \(void \*\) (\d+);)");
  std::size_t count = 0;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), declaration); at != std::sregex_iterator(); ++at) {
    const auto& match = *at;
    const auto start = text.rfind("/*", static_cast<std::size_t>(match.position()));
    auto comment = text.substr(start + 2, static_cast<std::size_t>(match.position()) - start - 4);
    std::string does = plain(comment), gives;
    does = does.substr(std::min(does.find(match[2].str()) + match[2].length(), does.size()));
    if (const auto returns = does.find("\nReturns"); returns != std::string::npos) {
      gives = does.substr(returns + 8);
      does.resize(returns);
    }
    const auto begin = [](std::string part) { return part.erase(0, part.find_first_not_of(" \n")); };
    out << "{" << match[4] << ", " << quoted(match[2]) << ", "
        << quoted(match[1].str() + match[2].str() + match[3].str()) << ", " << quoted(first_sentence(begin(does)))
        << ", " << quoted(first_sentence(begin(gives))) << "},\n";
    ++count;
  }
  if (count < 100) {
    std::cerr << argv[1] << ": found only " << count << " helpers\n";
    return 1;
  }
  return out.good() ? 0 : 1;
}
