#include "report/histogram.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/escape.h"
#include "report/json_line.h"

namespace sonda::report {
namespace {

using Counts = std::map<std::int64_t, std::uint64_t>;

// What a row takes beside its stars, in columns: "%10d -> %-10d : %-8d |%-*s|" of BCC, and twice as wide numbers.
constexpr std::size_t beside_stars = 40, beside_stars_wide = 60, fewest_stars = 10;
constexpr std::uint64_t last_narrow = (1ULL << 32) - 1;

bool by_powers(Slots scale) { return scale == Slots::log2 || scale == Slots::log2l; }

std::int64_t first_slot(Slots scale) { return scale == Slots::log2l ? 1 : 0; }
/// The functions take numbers of 32 and of 64 bits.
std::int64_t last_slot(Slots scale) { return scale == Slots::log2l ? 64 : 31; }

bool stands_for_values(Slots scale, std::int64_t index) {
  return !by_powers(scale) || (index >= first_slot(scale) && index <= last_slot(scale));
}

struct Range {
  std::uint64_t low = 0, high = 0;
};

Range range_by_powers(Slots scale, std::int64_t slot) {
  const std::uint64_t low = 1ULL << (slot - first_slot(scale)), high = low - 1 + low;
  return {low == high ? low - 1 : low, high};
}

Counts counts_of(std::span<const Bucket> buckets) {
  Counts slots;
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
  Picture(const Counts& slots, std::size_t stars_width, bool strip) : width_(stars_width), empty_rows_(!strip) {
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

std::uint64_t count_at(const Counts& slots, std::int64_t index) {
  const auto found = slots.find(index);
  return found == slots.end() ? 0 : found->second;
}

std::string other_slots(Slots scale, const Counts& slots) {
  std::uint64_t count = 0;
  std::string names;
  for (const auto& [index, of_slot] : slots) {
    if (stands_for_values(scale, index)) continue;
    count += of_slot;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", index);
  }
  return names.empty() ? "" : fmt::format("     not shown: {} in slots that stand for no value: {}\n", count, names);
}

std::string text_by_powers(Slots scale, const Counts& slots, const std::string& label, std::size_t width, bool strip) {
  std::int64_t last = first_slot(scale) - 1;
  for (const auto& [index, count] : slots)
    if (stands_for_values(scale, index)) last = index;
  const bool any = last >= first_slot(scale);
  const bool narrow = !any || range_by_powers(scale, last).high <= last_narrow;
  Picture picture(slots, room_for_stars(width, narrow ? beside_stars : beside_stars_wide), strip);
  if (any)
    picture.header(narrow ? fmt::format("     {:<19} : count     distribution\n", label)
                          : fmt::format("               {:<29} : count     distribution\n", label));
  for (auto slot = first_slot(scale); slot <= last; ++slot) {
    const auto [low, high] = range_by_powers(scale, slot);
    const auto range = narrow ? fmt::format("{:>10} -> {:<10}", low, high) : fmt::format("{:>20} -> {:<20}", low, high);
    picture.row(range, count_at(slots, slot));
  }
  return std::move(picture).text() + other_slots(scale, slots);
}

std::string linear_text(const Counts& slots, const std::string& label, std::size_t width, bool strip) {
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

std::string histogram_text(Slots scale, std::span<const Bucket> buckets, std::string_view label, std::size_t width,
                           bool strip_leading_zero) {
  const auto slots = counts_of(buckets);
  const auto name = escape_for_terminal(label);
  return by_powers(scale) ? text_by_powers(scale, slots, name, width, strip_leading_zero)
                          : linear_text(slots, name, width, strip_leading_zero);
}

std::string histogram_section(std::string_view header, std::string_view key) {
  return fmt::format("\n{} = {}\n", escape_for_terminal(header), escape_for_terminal(key));
}

nlohmann::ordered_json histogram_json(Slots scale, std::span<const Bucket> buckets, std::string_view label) {
  std::uint64_t total = 0;
  auto shown = Json::array(), others = Json::array();
  for (const auto& [index, count] : counts_of(buckets)) {
    total += count;
    if (!by_powers(scale)) {
      shown.push_back(Json{{"low", index}, {"high", index}, {"count", count}});
    } else if (stands_for_values(scale, index)) {
      const auto [low, high] = range_by_powers(scale, index);
      const bool open = high == std::numeric_limits<std::uint64_t>::max();
      shown.push_back(Json{{"low", low}, {"high", open ? Json() : Json(high)}, {"count", count}});
    } else {
      others.push_back(Json{{"slot", index}, {"count", count}});
    }
  }
  Json result{{"label", to_valid_utf8(label)}, {"scale", by_powers(scale) ? "log2" : "linear"}, {"count", total}};
  result["buckets"] = std::move(shown);
  if (!others.empty()) result["others"] = std::move(others);
  return result;
}

}  // namespace sonda::report
