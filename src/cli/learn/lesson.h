// The lessons of the course, folders that come with Sonda, and their pages.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sonda::learn {

/// A folder NUMBER-NAME with lesson.md, the page; start.c, what the student begins with; solution.c; and, if two probes
/// belong together, partner.c, the other one.
struct Lesson {
  int number = 0;
  std::string name;   ///< "first-uprobe"
  std::string title;  ///< the page's first line
  std::filesystem::path folder;

  /// "01-first-uprobe", as its folder is called.
  std::string full_name() const { return folder.filename().string(); }
  std::filesystem::path page() const { return folder / "lesson.md"; }
  std::filesystem::path start() const { return folder / "start.c"; }
  std::filesystem::path solution() const { return folder / "solution.c"; }
  std::filesystem::path partner() const { return folder / "partner.c"; }
  bool has_partner() const { return std::filesystem::exists(partner()); }
};

/// Those in `folder`, by number. Throws Error(Stage::source) if there are none.
std::vector<Lesson> read_lessons(const std::filesystem::path& folder);

/// The lesson that a student means by "7", "07-bounds" or "bounds". Throws Error(Stage::usage) which says what there
/// is.
const Lesson& find_lesson(const std::vector<Lesson>& lessons, std::string_view wanted);

/// Lays out a small part of Markdown: `# ` and `## ` headings, paragraphs, lists with `- `, blocks of code between
/// ``` lines, `code` and **strong** words. Paragraphs and lists are filled to `width` columns (at least 20); code stays
/// as it is. Text is made harmless to a terminal.
struct PageStyle {
  std::size_t width = 80;
  bool colours = false;
};
std::string render_page(std::string_view markdown, const PageStyle& style);

/// Columns of the terminal that standard output is, at most 80, so that lines stay readable; 80 if it is none.
std::size_t page_width();

}  // namespace sonda::learn
