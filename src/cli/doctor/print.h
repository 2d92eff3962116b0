// How findings are shown: as text for people, or as JSON for scripts.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "cli/doctor/check.h"
#include "report/output.h"

namespace sonda::cli::doctor {

/// How the text looks.
struct Look {
  bool colours = false;
  bool verbose = false;   ///< a line for each check, what it proves, and its details
  std::size_t width = 0;  ///< columns to break lines at; 0: nowhere
};

/// The report as text, bit by bit. Each function gives lines with their ends, harmless to a terminal.
class TextReport {
 public:
  /// `checks`: those that will come, so that their ids stand in columns.
  TextReport(const Look& look, const std::vector<Check>& checks);

  /// What comes with the next finding. Findings of one section follow each other.
  std::string add(const Check& check, const Finding& finding);
  /// What is left over, and the sum of it all.
  std::string end();

 private:
  struct Group {
    std::vector<std::string> ids;
    Finding finding;
  };
  std::string end_section();
  std::string row(Status status, const std::string& id, const std::string& found, const std::string& remedy) const;
  std::string lines(const std::string& first, const std::string& text, std::size_t indent) const;
  bool is_grouped(const Check& check, const Finding& finding) const;
  std::size_t text_at() const;

  Look look_;
  std::map<std::string, std::size_t> id_widths_;  ///< by section
  std::string section_;
  std::vector<Group> groups_;
  std::array<std::size_t, 5> counts_{};  ///< by status
  std::vector<std::string> broken_, lacking_;
};

/// One object on a line: what was found, or what is to be looked for.
std::string json_of(const Check& check, const Finding& finding);
std::string json_of(const Check& check);

std::string list_text(const std::vector<Check>& checks);

}  // namespace sonda::cli::doctor
