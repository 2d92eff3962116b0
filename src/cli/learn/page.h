// A lesson's page, for a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sonda::learn {

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
