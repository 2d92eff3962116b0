#include "tools/cdsnoop/change.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/text.h"
#include "sonda/error.h"

namespace sonda::cdsnoop {
namespace {

// As in the probe.
enum Text { text_prev, text_curr, text_command, text_format, text_first, text_second };
enum Flag : std::uint8_t { cut_prev = 1, cut_curr = 2, cut_command = 4, no_prev = 8, no_curr = 16 };

constexpr const char* ellipsis = "…";

/// The texts behind a row's head, one after the other.
class Texts {
 public:
  Texts(const RowHead& head, std::span<const std::byte> bytes) : head_(head), rest_(bytes) {}

  std::string take(Text which) {
    const auto length = head_.length[which];
    std::string text(reinterpret_cast<const char*>(rest_.data()), length);
    rest_ = rest_.subspan(length);
    return text;
  }

  std::optional<std::string> take_directory(Text which, Flag cut, Flag missing) {
    auto path = take(which);
    if (head_.flags & missing) return std::nullopt;
    if (head_.flags & cut) path += ellipsis;
    return path;
  }

 private:
  const RowHead& head_;
  std::span<const std::byte> rest_;
};

std::vector<std::string> words_in(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = std::min(text.find('\0'), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

void require_whole(const RowHead& head, std::size_t size) {
  const auto texts = std::accumulate(head.length.begin(), head.length.end(), std::size_t{0});
  if (head.builtin > static_cast<std::uint8_t>(bash::Builtin::popd) || size != sizeof head + texts)
    throw Error(Stage::read, "rows", fmt::format("a row of {} bytes does not hold what it says", size),
                "the probe and this program do not fit together");
}

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || byte >= 0x80 ||
         std::string_view("_-+=./:,@%^").find(c) != std::string_view::npos;
}

}  // namespace

std::string_view to_string(bash::Builtin builtin) noexcept {
  constexpr std::string_view names[] = {"cd", "pushd", "popd"};
  return names[static_cast<std::size_t>(builtin)];
}

Change decode_change(std::span<const std::byte> bytes) {
  const auto head = from_bytes<RowHead>(bytes);
  require_whole(head, bytes.size());
  Texts texts(head, bytes.subspan(sizeof head));
  Change change;
  change.time = head.time;
  change.pid = head.pid;
  change.ppid = head.ppid;
  change.uid = head.uid;
  change.builtin = static_cast<bash::Builtin>(head.builtin);
  change.prev_dir = texts.take_directory(text_prev, cut_prev, no_prev);
  change.curr_dir = texts.take_directory(text_curr, cut_curr, no_curr);
  change.words = words_in(texts.take(text_command));
  change.words_missing = (head.flags & cut_command) != 0;
  change.status = head.status;
  change.format = texts.take(text_format);
  change.first = texts.take(text_first);
  change.second = texts.take(text_second);
  // Where bash puts an errno into words, it does so at the end: "%s: readonly variable" is not one.
  if (change.format.empty() || change.format.ends_with("%s")) change.error = head.error;
  return change;
}

std::string quote_for_shell(const std::string& word) {
  if (!word.empty() && std::ranges::all_of(word, is_plain)) return word;
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  }
  return quoted += '\'';
}

std::string command_of(const Change& change) {
  std::string text(to_string(change.builtin));
  for (const auto& word : change.words) text += ' ' + quote_for_shell(word);
  if (change.words_missing) text += std::string(" ") + ellipsis;
  return text;
}

std::string fill_in(std::string_view format, const std::string& first, const std::string& second) {
  std::string text;
  int next = 1;
  while (!format.empty()) {
    const auto argument = [&](std::string_view name, int number) {
      if (!format.starts_with(name)) return false;
      format.remove_prefix(name.size());
      text += number == 1 ? first : number == 2 ? second : std::string("%s");
      return true;
    };
    if (argument("%s", next)) {
      ++next;
    } else if (!argument("%1$s", 1) && !argument("%2$s", 2)) {
      if (format.starts_with("%%")) format.remove_prefix(1);
      text += format.front();
      format.remove_prefix(1);
    }
  }
  return text;
}

std::optional<std::string> reason_of(const Change& change, const std::string& error_text) {
  if (!change.failed()) return std::nullopt;
  if (change.format.empty()) {
    if (change.error != 0) return error_text;
    return fmt::format("failed with status {}", change.status & 0xff);
  }
  if (change.error != 0) {
    // "DIRECTORY: REASON", and the directory stands in the command already; or "write error: REASON".
    return change.format == "%s: %s" ? error_text : fill_in(change.format, error_text, change.second);
  }
  return fill_in(change.format, change.first, change.second);
}

}  // namespace sonda::cdsnoop
