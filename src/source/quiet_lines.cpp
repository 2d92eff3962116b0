#include "source/quiet_lines.h"

#include <algorithm>
#include <utility>

namespace sonda {

void QuietLines::begin(std::size_t offset) {
  const auto line = lines_.find(offset).line;
  if (line == last_line_)
    add(line, line);
  else
    waiting_ = true;
}

void QuietLines::feed(const CToken& token) {
  last_line_ = lines_.find(token.offset).line;
  if (std::exchange(waiting_, false) && !inside_) {
    inside_ = true;
    first_ = last_line_;
    braces_ = brackets_ = 0;
  }
  if (!inside_ || token.kind != CToken::Kind::sign) return;
  const char sign = token.text[0];
  if (sign == '(') ++brackets_;
  if (sign == ')') --brackets_;
  if (sign == '{') ++braces_;
  if (sign == '}') --braces_;
  const bool ends = (sign == ';' && braces_ <= 0 && brackets_ <= 0) || (sign == '}' && braces_ <= 0);
  if (!ends) return;
  add(first_, last_line_);
  inside_ = false;
}

void QuietLines::add(int from, int to) {
  for (int line = from; line <= to; ++line) found_.push_back(line);
}

std::vector<int> QuietLines::take() {
  if (inside_) add(first_, last_line_);
  std::ranges::sort(found_);
  found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
  return std::move(found_);
}

}  // namespace sonda
