#include "cli/top/view.h"

#include <algorithm>
#include <array>

#include "typed/text_cursor.h"

namespace sonda::top {
namespace {

using namespace std::chrono_literals;

constexpr std::array<View::Interval, 10> intervals{100ms, 200ms, 500ms, 1s, 2s, 3s, 5s, 10s, 30s, 60s};

constexpr std::size_t cpu_column = 6, fill_column = 3, value_column = 1;

}  // namespace

View::View(const Start& start)
    : page_(start.page),
      programs_(cpu_column),
      maps_(fill_column),
      entries_(value_column),
      map_(start.map),
      filter_(start.filter),
      interval_(start.interval) {
  if (page_ != Page::programs) behind_.push_back(Page::programs);
}

bool View::sort_by(std::string_view header, bool reversed) {
  static const Comparison nothing;
  bool found = false;
  const auto sort = [&](ListView& view, List columns) {
    view.set(std::move(columns), {});
    if (const auto column = view.find_column(header); column || header.empty()) {
      if (column) view.sort_by(*column);
      if (reversed) view.reverse();
      found = true;
    }
  };
  sort(programs_, program_list(nothing, false));
  sort(maps_, map_list(nothing));
  return found;
}

std::optional<std::uint32_t> View::wanted_map() const {
  return page_ == Page::entries ? std::optional(map_) : std::nullopt;
}

std::optional<std::uint32_t> View::wanted_program() const {
  return page_ == Page::program ? std::optional(program_) : std::nullopt;
}

void View::update(const Comparison& comparison, EntryTracker* entries, std::vector<std::string> pins) {
  comparison_ = &comparison;
  tracker_ = entries;
  pins_ = std::move(pins);
  refill();
}

void View::refill() {
  if (comparison_ == nullptr) return;
  programs_.set(program_list(*comparison_, active_only_), filter_);
  maps_.set(map_list(*comparison_), filter_);
  if (tracker_ == nullptr) return;
  entries_.set(entry_list(*tracker_, entries_.sort_column(), entries_.reversed(), map_filter_), map_filter_);
  if (const auto* row = entries_.selected(); row != nullptr) tracker_->follow(row->id);
}

void View::open(Page page) {
  if (page == page_) return;
  behind_.push_back(page_);
  page_ = page;
  detail_ = first_detail_ = 0;
  if (page != Page::entries) return;
  tracker_ = nullptr;
  map_filter_.clear();
  entries_ = ListView(value_column);
}

void View::back() {
  if (behind_.empty()) return;
  page_ = behind_.back();
  behind_.pop_back();
  detail_ = first_detail_ = 0;
}

void View::enter() {
  const auto open_map = [&](std::uint32_t id) {
    map_ = id;
    open(Page::entries);
  };
  if (page_ == Page::program) {
    if (detail_ < details_.size() && details_[detail_].map) open_map(*details_[detail_].map);
    return;
  }
  const auto* row = list().selected();
  if (row == nullptr || page_ == Page::entries) return;
  const auto id = static_cast<std::uint32_t>(std::stoul(row->id));
  if (page_ == Page::maps) return open_map(id);
  program_ = id;
  open(Page::program);
}

void View::move(std::ptrdiff_t by) {
  if (page_ != Page::program) {
    list().move(by);
    if (page_ == Page::entries && tracker_ != nullptr)
      if (const auto* row = entries_.selected(); row != nullptr) tracker_->follow(row->id);
    return;
  }
  const auto last = std::max<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(details_.size()) - 1, 0);
  detail_ = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(detail_) + by, 0, last));
}

void View::change_interval(int by) {
  auto at = std::ranges::lower_bound(intervals, interval_);
  if (by > 0) {
    if (at != intervals.end() && *at == interval_) ++at;
    if (at != intervals.end()) interval_ = *at;
  } else if (at != intervals.begin()) {
    interval_ = *--at;
  }
}

void View::press(const Key& key) {
  if (key.code == Key::Code::redraw) return;
  if (key.code == Key::Code::interrupt) {
    ended_ = true;
    return;
  }
  if (editing_) return press_in_filter(key);
  if (helping_) return press_in_help(key);
  if (key.code == Key::Code::character) return press_character(key.character);
  // What a character does, too.
  constexpr std::array<std::pair<Key::Code, char32_t>, 6> others{{{Key::Code::up, U'k'},
                                                                  {Key::Code::down, U'j'},
                                                                  {Key::Code::home, U'g'},
                                                                  {Key::Code::end, U'G'},
                                                                  {Key::Code::tab, U'm'},
                                                                  {Key::Code::help, U'?'}}};
  if (const auto* other = std::ranges::find(others, key.code, [](const auto& each) { return each.first; });
      other != others.end())
    return press_character(other->second);
  const auto page = static_cast<std::ptrdiff_t>(page_height_);
  if (key.code == Key::Code::page_up) return move(-page);
  if (key.code == Key::Code::page_down) return move(page);
  if (key.code == Key::Code::enter || key.code == Key::Code::right) return enter();
  auto& filter = page_ == Page::entries ? map_filter_ : filter_;
  if (key.code != Key::Code::escape || page_ == Page::program || filter.empty()) return back();
  filter.clear();
  refill();
}

bool View::press_sorting(char32_t character) {
  // And the headers of the columns that they sort by.
  constexpr std::array<std::pair<char32_t, std::string_view>, 8> letters{{{U'C', "CPU%"},
                                                                          {U'R', "RUNS/S"},
                                                                          {U'T', "NS/RUN"},
                                                                          {U'N', "NAME"},
                                                                          {U'I', "ID"},
                                                                          {U'O', "OWNER"},
                                                                          {U'M', "MEM"},
                                                                          {U'F', "FULL%"}}};
  if (page_ == Page::program) return false;
  if (character == U'<' || character == U'>')
    list().sort_by_next(character == U'<' ? -1 : 1);
  else if (character == U'r')
    list().reverse();
  else if (const auto* letter = std::ranges::find(letters, character, [](const auto& each) { return each.first; });
           letter != letters.end())
    list().sort_by(list().find_column(letter->second).value_or(list().sort_column()));
  else
    return false;
  refill();
  return true;
}

void View::press_character(char32_t character) {
  if (press_sorting(character)) return;
  constexpr std::ptrdiff_t far = 1L << 30;
  switch (character) {
    case U'q':
      ended_ = true;
      return;
    case U'?':
    case U'h':
      helping_ = true;
      return;
    case U'k':
      return move(-1);
    case U'j':
      return move(1);
    case U'g':
      return page_ == Page::program ? move(-far) : list().move_to_start();
    case U'G':
      return move(far);
    case U'm':  // between the two lists
      page_ = page_ == Page::maps ? Page::programs : Page::maps;
      behind_.clear();
      if (page_ == Page::maps) behind_.push_back(Page::programs);
      return;
    case U'/':
      editing_ = page_ != Page::program;
      return;
    case U' ':
    case U'p':
      paused_ = !paused_;
      return;
    case U'+':
    case U'=':
      return change_interval(1);
    case U'-':
      return change_interval(-1);
    case U'a':
      active_only_ = !active_only_;
      return refill();
    case U'v':
      if (tracker_ != nullptr && page_ == Page::entries) tracker_->next_measure();
      return refill();
    default:
      return;
  }
}

void View::press_in_filter(const Key& key) {
  auto& filter = page_ == Page::entries ? map_filter_ : filter_;
  switch (key.code) {
    case Key::Code::enter:
      editing_ = false;
      return;
    case Key::Code::escape:
      editing_ = false;
      filter.clear();
      break;
    case Key::Code::backspace:
      while (!filter.empty() && (static_cast<unsigned char>(filter.back()) & 0xc0) == 0x80) filter.pop_back();
      if (!filter.empty()) filter.pop_back();
      break;
    case Key::Code::character:
      if (filter.size() < 64 && key.character >= U' ' && key.character != 0x7f) append_utf8(filter, key.character);
      break;
    default:
      return;
  }
  refill();
}

void View::press_in_help(const Key& key) {
  if (key.code == Key::Code::up) {
    first_help_ -= first_help_ > 0 ? 1 : 0;
  } else if (key.code == Key::Code::down) {
    ++first_help_;
  } else {
    helping_ = false;
    first_help_ = 0;
    ended_ = key.code == Key::Code::character && key.character == U'q';
  }
}

}  // namespace sonda::top
