// One directory change, as the probe sent it and as people read it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bash/bash_binary.h"
#include "report/column.h"
#include "sonda/layout.h"
#include "sonda/record.h"

namespace sonda::cdsnoop {

std::string_view to_string(bash::Builtin builtin) noexcept;

/// The probe's struct row_head: what every row begins with.
struct RowHead {
  std::uint64_t time = 0;
  std::uint32_t pid = 0, ppid = 0, uid = 0;
  std::int32_t status = 0, error = 0;
  std::array<std::uint16_t, 6> length{};
  std::uint8_t builtin = 0, flags = 0;
  std::array<std::uint8_t, 6> unused{};
};

/// A command that changed the directory, or failed to.
struct Change {
  std::uint64_t time = 0;  ///< when it was done, CLOCK_MONOTONIC in nanoseconds
  std::uint32_t pid = 0, ppid = 0, uid = 0;
  bash::Builtin builtin = bash::Builtin::cd;
  std::optional<std::string> prev_dir, curr_dir;  ///< nothing if bash did not know, or they could not be read
  std::vector<std::string> words;                 ///< the arguments, after bash's own expansions
  bool words_missing = false;                     ///< there were more of them
  int status = 0;                                 ///< what the builtin returned; 0 is success
  int error = 0;                                  ///< the errno that bash put into words; 0 if none
  std::string format, first, second;  ///< bash's message: a printf format in its language, and its arguments

  bool failed() const noexcept { return status != 0; }
  /// `cd --help` and the like: no directory was to be changed.
  bool asks_for_help() const { return failed() && !words.empty() && words.front() == "--help"; }
};

/// Reads a row. A text that was cut ends in "…". Throws Error(Stage::read) if its lengths do not add up.
Change decode_change(std::span<const std::byte> bytes);

/// The command as it could be typed: its name and its words, quoted where a shell would need it.
std::string command_of(const Change& change);

/// bash's message for `change`, but with the errno's text (if there is an errno) as `error_text` has it. Nothing for a
/// command that did not fail.
std::optional<std::string> reason_of(const Change& change, const std::string& error_text);

/// `word` as one word of a shell's command line.
std::string quote_for_shell(const std::string& word);

/// What printf would make of `format`, of which only %s, %1$s, %2$s and %% can be.
std::string fill_in(std::string_view format, const std::string& first, const std::string& second);

/// The columns; with `date`, TIME in the text table has the date, too.
std::vector<report::Column> change_columns(bool date);

/// The columns as `--where` sees them, in the same order: numbers and text.
Schema change_schema();
/// The cell as `--where` sees it. What is not known is empty.
Value cell_value(const report::Cell& cell);

/// A time of day, in nanoseconds since 1970 and in the local time zone.
std::string clock_time(std::uint64_t time, bool date);

/// Texts of errno values in the language of the user's environment (LC_ALL, LC_MESSAGES, LANG), as UTF-8. The rest of
/// the program stays in the C locale.
class ErrorTexts {
 public:
  ErrorTexts() = default;
  ErrorTexts(const ErrorTexts&) = delete;
  ErrorTexts& operator=(const ErrorTexts&) = delete;
  ~ErrorTexts();
  std::string operator()(int error);

 private:
  void* locale_ = nullptr;  // locale_t; opened for the first text, which most runs never need
};

/// The cells for change_columns(); `time` is in nanoseconds since 1970.
report::Row change_row(const Change& change, std::uint64_t time, bool date, ErrorTexts& errors);

}  // namespace sonda::cdsnoop

SONDA_LAYOUT(sonda::cdsnoop::RowHead, time, pid, ppid, uid, status, error, length, builtin, flags, unused);
