// Directory changes as rows of a report.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "report/column.h"
#include "sonda/record.h"
#include "tools/cdsnoop/change.h"

namespace sonda::cdsnoop {

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
