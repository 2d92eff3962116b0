#include "inspect/pins.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <filesystem>

#include "base/files.h"
#include "base/text.h"
#include "inspect/link_info.h"
#include "inspect/object.h"

namespace sonda {
namespace {

constexpr std::size_t most_files = 4096;

/// /proc/self/mountinfo writes blanks and backslashes as octal numbers.
std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool octal = text[i] == '\\' && i + 3 < text.size() && is_digit(text[i + 1]) && is_digit(text[i + 2]) &&
                       is_digit(text[i + 3]);
    if (!octal) {
      result += text[i];
      continue;
    }
    result += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
    i += 3;
  }
  return result;
}

std::vector<std::string> bpf_mounts() {
  std::vector<std::string> mounts;
  const auto text = try_read_file("/proc/self/mountinfo");
  if (!text) return mounts;
  for (const auto line : split_lines(*text)) {
    const auto words = split(line, ' ');
    const auto dash = std::ranges::find(words, "-");
    if (words.size() > 4 && words.end() - dash > 1 && *(dash + 1) == "bpf") mounts.push_back(unescaped(words[4]));
  }
  return mounts;
}

/// What is at `path` tells of a link what it tells of a program, but for the type.
bool is_of_program(const std::string& path, std::uint32_t program) {
  const UniqueFd fd(::bpf_obj_get(path.c_str()));
  if (!fd) return false;
  std::error_code error;
  const auto what = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd.get()), error).string();
  if (what == "anon_inode:bpf-prog") {
    bpf_prog_info info{};
    return ask_about(fd.get(), info) && info.id == program;
  }
  LinkInfo info{};
  return what == "anon_inode:bpf_link" && ask_about(fd.get(), info) && info.program == program;
}

}  // namespace

std::vector<std::string> find_pins(std::uint32_t program) {
  std::vector<std::string> pins;
  std::size_t looked_at = 0;
  for (const auto& mount : bpf_mounts()) {
    std::error_code error;
    std::filesystem::recursive_directory_iterator file(
        mount, std::filesystem::directory_options::skip_permission_denied, error);
    while (!error && file != std::filesystem::recursive_directory_iterator() && ++looked_at <= most_files) {
      const bool plain = file->is_regular_file(error) && !file->is_symlink(error);
      if (plain && is_of_program(file->path().string(), program)) pins.push_back(file->path().string());
      file.increment(error);
    }
  }
  return pins;
}

}  // namespace sonda
