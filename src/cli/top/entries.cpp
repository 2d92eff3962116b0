#include "cli/top/entries.h"

#include <algorithm>

#include "sonda/error.h"

namespace sonda::top {
namespace {

constexpr std::size_t most_histories = 1024;

}  // namespace

void EntryTracker::next_measure() {
  if (rows_.measures().size() < 2) return;
  measure_ = (measure_ + 1) % rows_.measures().size();
  total_history_ = {};
  histories_.clear();
  compare();
}

void EntryTracker::update(bool now) {
  const auto begin = std::chrono::steady_clock::now();
  if (!now && begin < due_) return;
  try {
    content_ = rows_.read();
    problem_.clear();
  } catch (const Error& error) {
    problem_ = error.cause();
    return;
  }
  first_ = read_at_ == decltype(read_at_){};
  seconds_ = std::max(std::chrono::duration<double>(begin - read_at_).count(), 1e-9);
  read_at_ = begin;
  index_before_ = std::move(index_);
  numbers_before_ = std::move(numbers_);
  index_.clear();
  numbers_.clear();
  std::vector<double> numbers;
  for (std::size_t row = 0; row < content_.size(); ++row) {
    content_.numbers(row, numbers);
    index_.emplace(content_.key_bytes(row), row);
    numbers_.insert(numbers_.end(), numbers.begin(), numbers.end());
  }
  compare();
  before_cut_ = content_.cut();
  due_ = std::chrono::steady_clock::now() + 9 * (std::chrono::steady_clock::now() - begin);
}

std::optional<double> EntryTracker::rate(std::size_t row, std::size_t measure) const {
  const auto count = rows_.measures().size();
  if (first_ || count == 0) return std::nullopt;
  const auto now = numbers_[row * count + measure];
  const auto before = index_before_.find(std::string(content_.key_bytes(row)));
  if (before != index_before_.end()) return (now - numbers_before_[before->second * count + measure]) / seconds_;
  // One that was not there before began at zero, unless it was there and beyond what was read.
  return before_cut_ ? std::nullopt : std::optional(now / seconds_);
}

void EntryTracker::compare() {
  const auto count = rows_.measures().size();
  entries_.clear();
  entries_.reserve(content_.size());
  total_ = 0;
  double change = 0;
  const bool keep_all = content_.size() <= most_histories;
  for (std::size_t row = 0; row < content_.size(); ++row) {
    Entry entry{
        .row = row, .number = count == 0 ? 0 : numbers_[row * count + measure_], .per_second = rate(row, measure_)};
    total_ += entry.number;
    change += entry.per_second.value_or(0);
    if (entry.per_second) {
      std::string key(content_.key_bytes(row));
      if (keep_all || key == followed_) histories_[std::move(key)].add(*entry.per_second);
    }
    entries_.push_back(entry);
  }
  if (histories_.size() > 2 * most_histories)
    std::erase_if(histories_,
                  [&](const auto& each) { return !index_.contains(each.first) && each.first != followed_; });
  total_per_second_ = first_ || count == 0 ? std::nullopt : std::optional(change);
  if (total_per_second_) total_history_.add(change);
}

std::optional<std::size_t> EntryTracker::find(const std::string& key_bytes) const {
  const auto found = index_.find(key_bytes);
  return found == index_.end() ? std::nullopt : std::optional(found->second);
}

const History* EntryTracker::history(const std::string& key_bytes) const {
  const auto found = histories_.find(key_bytes);
  return found == histories_.end() ? nullptr : &found->second;
}

}  // namespace sonda::top
