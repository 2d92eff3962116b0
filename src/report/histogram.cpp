#include "report/histogram.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/escape.h"
#include "report/json_line.h"

namespace sonda::report {
namespace {

using Slots = std::map<std::int64_t, std::uint64_t>;

// What a row takes beside its stars, in columns: "%10d -> %-10d : %-8d |%-*s|" of BCC, and twice as wide numbers.
constexpr std::size_t beside_stars = 40, beside_stars_wide = 60, fewest_stars = 10;
constexpr std::int64_t last_narrow_slot = 32;

bool is_log2_slot(std::int64_t index) { return index >= 1 && index <= last_log2_slot; }

struct Range {
  std::uint64_t low = 0, high = 0;
};

Range log2_range(std::int64_t slot) {
  const std::uint64_t low = 1ULL << (slot - 1), high = low - 1 + low;
  return {low == high ? low - 1 : low, high};
}

Slots slots_of(std::span<const Bucket> buckets) {
  Slots slots;
  for (const auto& bucket : buckets)
    if (bucket.count != 0) slots[bucket.index] += bucket.count;
  return slots;
}

// As many as BCC's _stars() gives, which divides and compares in double precision.
std::string stars(std::uint64_t count, std::uint64_t most, std::size_t width) {
  const auto share = static_cast<long double>(width) * static_cast<long double>(count) / static_cast<long double>(most);
  const double last = static_cast<double>(share) - 1;
  std::size_t number = 0;
  while (number < width && static_cast<double>(number) <= last) ++number;
  return std::string(number, '*');
}

// The histogram's rows one below another.
class Picture {
 public:
  Picture(const Slots& slots, std::size_t stars_width, bool strip) : width_(stars_width), empty_rows_(!strip) {
    for (const auto& [index, count] : slots) most_ = std::max(most_, count);
  }

  void header(std::string line) { text_ = std::move(line); }
  void row(const std::string& range, std::uint64_t count) {
    empty_rows_ = empty_rows_ || count != 0;
    if (empty_rows_) text_ += fmt::format("{} : {:<8} |{:<{}}|\n", range, count, stars(count, most_, width_), width_);
  }
  std::string text() && { return std::move(text_); }

 private:
  std::size_t width_;
  bool empty_rows_;
  std::uint64_t most_ = 0;
  std::string text_;
};

std::size_t room_for_stars(std::size_t width, std::size_t beside) {
  return std::max(width, beside + fewest_stars) - beside;
}

std::uint64_t count_at(const Slots& slots, std::int64_t index) {
  const auto found = slots.find(index);
  return found == slots.end() ? 0 : found->second;
}

std::string other_slots(const Slots& slots) {
  std::uint64_t count = 0;
  std::string names;
  for (const auto& [index, of_slot] : slots) {
    if (is_log2_slot(index)) continue;
    count += of_slot;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", index);
  }
  return names.empty() ? "" : fmt::format("     not shown: {} in slots that stand for no value: {}\n", count, names);
}

std::string log2_text(const Slots& slots, const std::string& label, std::size_t width, bool strip) {
  std::int64_t last = 0;
  for (const auto& [index, count] : slots)
    if (is_log2_slot(index)) last = index;
  const bool narrow = last <= last_narrow_slot;
  Picture picture(slots, room_for_stars(width, narrow ? beside_stars : beside_stars_wide), strip);
  if (last > 0)
    picture.header(narrow ? fmt::format("     {:<19} : count     distribution\n", label)
                          : fmt::format("               {:<29} : count     distribution\n", label));
  for (std::int64_t slot = 1; slot <= last; ++slot) {
    const auto [low, high] = log2_range(slot);
    const auto range = narrow ? fmt::format("{:>10} -> {:<10}", low, high) : fmt::format("{:>20} -> {:<20}", low, high);
    picture.row(range, count_at(slots, slot));
  }
  return std::move(picture).text() + other_slots(slots);
}

std::string linear_text(const Slots& slots, const std::string& label, std::size_t width, bool strip) {
  if (slots.empty()) return {};
  Picture picture(slots, room_for_stars(width, beside_stars), strip);
  picture.header(fmt::format("     {:<13} : count     distribution\n", label));
  const auto row = [&](std::int64_t slot, std::uint64_t count) {
    picture.row(fmt::format("        {:<10}", slot), count);
  };
  const auto first_dense = slots.lower_bound(0), first_beyond = slots.upper_bound(last_linear_slot);
  std::for_each(slots.begin(), first_dense, [&](const auto& slot) { row(slot.first, slot.second); });
  if (first_dense != first_beyond)
    for (std::int64_t slot = 0; slot <= std::prev(first_beyond)->first; ++slot) row(slot, count_at(slots, slot));
  std::for_each(first_beyond, slots.end(), [&](const auto& slot) { row(slot.first, slot.second); });
  return std::move(picture).text();
}

}  // namespace

std::string histogram_text(Scale scale, std::span<const Bucket> buckets, std::string_view label, std::size_t width,
                           bool strip_leading_zero) {
  const auto slots = slots_of(buckets);
  const auto name = escape_for_terminal(label);
  return scale == Scale::log2 ? log2_text(slots, name, width, strip_leading_zero)
                              : linear_text(slots, name, width, strip_leading_zero);
}

std::string histogram_section(std::string_view header, std::string_view key) {
  return fmt::format("\n{} = {}\n", escape_for_terminal(header), escape_for_terminal(key));
}

nlohmann::ordered_json histogram_json(Scale scale, std::span<const Bucket> buckets, std::string_view label) {
  std::uint64_t total = 0;
  auto shown = Json::array(), others = Json::array();
  for (const auto& [index, count] : slots_of(buckets)) {
    total += count;
    if (scale == Scale::linear) {
      shown.push_back(Json{{"low", index}, {"high", index}, {"count", count}});
    } else if (is_log2_slot(index)) {
      const auto [low, high] = log2_range(index);
      shown.push_back(Json{{"low", low}, {"high", high}, {"count", count}});
    } else {
      others.push_back(Json{{"slot", index}, {"count", count}});
    }
  }
  Json result{{"label", to_valid_utf8(label)}, {"scale", scale == Scale::log2 ? "log2" : "linear"}, {"count", total}};
  result["buckets"] = std::move(shown);
  if (!others.empty()) result["others"] = std::move(others);
  return result;
}

}  // namespace sonda::report
