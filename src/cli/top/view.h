// What the screen of `sonda top` shows and what its keys do, without any terminal.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cli/top/entries.h"
#include "cli/top/list.h"
#include "cli/top/lists.h"
#include "cli/top/rates.h"
#include "cli/top/screen_text.h"

namespace sonda::top {

class View {
 public:
  enum class Page : std::uint8_t { programs, maps, program, entries };
  using Interval = std::chrono::nanoseconds;

  /// What it begins with.
  struct Start {
    Page page = Page::programs;
    Interval interval = std::chrono::seconds(1);
    std::string filter;
    std::uint32_t map = 0;  ///< for Page::entries
  };
  explicit View(const Start& start);

  /// The header of the column that the lists are sorted by; false if neither has it.
  bool sort_by(std::string_view header, bool reversed);

  /// New figures, which are borrowed until the next ones come. `entries` are those of wanted_map(), or null.
  void update(const Comparison& comparison, EntryTracker* entries, std::vector<std::string> pins);
  void press(const Key& key);
  /// As many lines as the surface has, each of its width.
  std::vector<Line> draw(const Surface& surface);

  bool ended() const noexcept { return ended_; }
  bool paused() const noexcept { return paused_; }
  Interval interval() const noexcept { return interval_; }
  Page page() const noexcept { return page_; }
  /// The map whose entries are shown.
  std::optional<std::uint32_t> wanted_map() const;
  /// The program that is shown alone.
  std::optional<std::uint32_t> wanted_program() const;

 private:
  ListView& list() { return page_ == Page::maps ? maps_ : page_ == Page::entries ? entries_ : programs_; }
  void refill();
  void open(Page page);
  void back();
  void enter();
  void move(std::ptrdiff_t by);
  void press_character(char32_t character);
  bool press_sorting(char32_t character);
  void press_in_filter(const Key& key);
  void press_in_help(const Key& key);
  void change_interval(int by);

  Line title(const Surface& surface) const;
  Line status(const Surface& surface);
  Line keys(const Surface& surface) const;
  std::vector<Line> help(const Surface& surface, std::size_t height);
  std::vector<Line> body(const Surface& surface, std::size_t height);
  std::vector<Line> details(const Surface& surface, std::size_t height);
  std::vector<Line> entries(const Surface& surface, std::size_t height);

  const Comparison* comparison_ = nullptr;
  EntryTracker* tracker_ = nullptr;
  std::vector<std::string> pins_;

  Page page_;
  std::vector<Page> behind_;  // where Escape leads
  ListView programs_, maps_, entries_;
  std::uint32_t program_ = 0, map_ = 0;
  std::vector<DetailLine> details_;
  std::size_t detail_ = 0, first_detail_ = 0, first_help_ = 0, page_height_ = 10;
  std::string filter_, map_filter_;
  Interval interval_;
  bool ended_ = false, paused_ = false, active_only_ = false, editing_ = false, helping_ = false;
};

}  // namespace sonda::top
