// Lessons and their pages: what the small Markdown becomes, and what every page keeps to.
#include <algorithm>

#include "base/text.h"
#include "cli/learn/checks.h"
#include "cli/learn/lesson.h"
#include "support/catch.h"
#include "support/error_of.h"
#include "support/file_text.h"
#include "support/paths.h"
#include "support/scratch.h"

using namespace sonda;
using namespace sonda::learn;
using namespace sonda::test;

namespace {}  // namespace

TEST_CASE("paragraphs and items are filled, code stays") {
  const auto page = render_page(
      "# A title\n\nOne two three\nfour five six.\n\n- an item of the list\n- another\n\n```\nint  x;  // as it "
      "is\n```\n",
      {.width = 20, .colours = false});
  CHECK(
      page ==
      "A title\n\nOne two three four\nfive six.\n\n- an item of the\n  list\n- another\n\n    int  x;  // as it is\n");
}

TEST_CASE("marks become colours, or vanish, and never take room") {
  const std::string text = "`a b` and **very strong** words";
  CHECK(render_page(text, {.width = 80, .colours = false}) == "a b and very strong words\n");
  CHECK(render_page(text, {.width = 80, .colours = true}) ==
        "\x1b[36ma\x1b[0m \x1b[36mb\x1b[0m and \x1b[1mvery\x1b[0m \x1b[1mstrong\x1b[0m words\n");
  CHECK(render_page("`aaaaaaaaaa` bbbbbbbbb", {.width = 20, .colours = true}) ==
        "\x1b[36maaaaaaaaaa\x1b[0m bbbbbbbbb\n");
}

TEST_CASE("a page can play no tricks, and odd ones are laid out somehow") {
  CHECK(render_page("a\x1b[31mb \xff\n```\n\x1b[2J", {}) == "a\\x1b[31mb \\xff\n    \\x1b[2J\n");
  for (const auto* text : {"", "```", "`", "**", "- ", "#", "# ", "**a `b", "\n\n\n", "a\r\nb\r\n"})
    CHECK_NOTHROW(render_page(text, {.width = 0, .colours = true}));
}

TEST_CASE("each page fits two screens of 80x24, in ASCII, and names what to read on") {
  for (const auto& lesson : read_lessons(in_source("lessons"))) {
    const auto text = test::text_of(lesson.page());
    const auto page = render_page(text, {.width = 80, .colours = false});
    CAPTURE(lesson.name, page);
    CHECK(std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
    const auto lines = split_lines(page);
    CHECK(lines.size() + 3 <= 48);  // below it: where the probe is
    CHECK(std::ranges::all_of(lines, [](auto line) { return line.size() <= 80; }));
    CHECK(page.find("Your task.") != page.npos);
    CHECK(page.find("Read on: ") != page.npos);
    for (std::string_view word : {"docs/", "examples/probes/", "probes/"})
      for (auto at = page.find(word); at != page.npos; at = page.find(word, at + 1)) {
        if (at > 0 && page[at - 1] != ' ' && page[at - 1] != '\n') continue;
        auto file = page.substr(at, page.find_first_of(" ,;:\n", at) - at);
        while (file.ends_with('.')) file.pop_back();
        CAPTURE(file);
        CHECK(std::filesystem::exists(in_source(file)));
      }
  }
}

TEST_CASE("lessons are numbered without a gap, and each has all that belongs to it") {
  const auto lessons = read_lessons(in_source("lessons"));
  CHECK(lessons.size() >= 17);
  for (std::size_t i = 0; i < lessons.size(); ++i) {
    const auto& lesson = lessons[i];
    CAPTURE(lesson.name);
    CHECK(lesson.number == static_cast<int>(i + 1));
    CHECK(lesson.title != lesson.name);
    CHECK(std::filesystem::exists(lesson.start()));
    CHECK(std::filesystem::exists(lesson.solution()));
    CHECK(parts_of(lesson.name) != nullptr);
    CHECK(&find_lesson(lessons, lesson.name) == &lesson);
    CHECK(&find_lesson(lessons, lesson.full_name()) == &lesson);
    CHECK(&find_lesson(lessons, std::to_string(lesson.number)) == &lesson);
  }
}

TEST_CASE("a folder without lessons says so, and others in it are passed over") {
  const ScratchFolder folder;
  CHECK(error_of([&] { read_lessons(folder.path()); }).cause() == "the lessons of the course are not there");
  CHECK(error_of([&] { read_lessons(folder.path() / "missing"); }).stage() == Stage::source);
  folder.write("notes/lesson.md", "# no");
  folder.write("x1-odd/lesson.md", "# no");
  folder.write("0-none/lesson.md", "# no");
  folder.write("02-second/lesson.md", "no title");
  folder.write("1-first/lesson.md", "# The first\n");
  const auto lessons = read_lessons(folder.path());
  REQUIRE(lessons.size() == 2);
  CHECK(lessons[0].title == "The first");
  CHECK(lessons[1].title == "second");
}
