// Work of a known size, done by a process that waits until a probe is attached to it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "sonda/fd.h"

// The shop that the lessons look at: functions of Sonda's own program that probes are put on. Their names and
// parameters are what the lessons say. Found by name in the program's symbols, also where it is stripped; so no
// namespace.
extern "C" {
/// A customer orders something for `amount`; `note` is what they write beside it. Gives what the kitchen says: 0, or -1
/// for an order of nothing.
long sonda_order(std::uint32_t customer, std::uint64_t amount, const char* note);
/// A customer pays.
void sonda_pay(std::uint32_t customer, std::uint64_t amount);
/// Something arrives at a customer's, so many minutes after it was ordered. Passes the USDT mark sonda:delivery with
/// both; the function itself has no name in the program.
void sonda_let_deliver(std::uint32_t customer, std::uint64_t minutes);
}

namespace sonda::learn {

using Random = std::mt19937_64;
/// From `least` to `most`.
std::uint64_t number_between(Random& random, std::uint64_t least, std::uint64_t most);

/// One thing that happens in the shop.
struct Order {
  std::uint32_t customer = 0;
  std::uint64_t amount = 0;
  std::string note;
};

/// What orders are to be like.
struct OrderBook {
  std::uint64_t least = 200, most = 900;  ///< how many
  std::uint32_t customers = 6;            ///< numbered from 0 on; each has one order at least
  std::uint64_t least_amount = 1, most_amount = 90;
  std::uint64_t least_note = 0, most_note = 24;  ///< characters; words of letters, parted by single blanks
};
std::vector<Order> random_orders(Random& random, const OrderBook& book = {});

/// Calls sonda_order() for each.
void place(const std::vector<Order>& orders);
/// What all of them cost together.
std::uint64_t money_in_all(const std::vector<Order>& orders);
/// What each customer's orders cost.
std::map<std::uint64_t, std::uint64_t> money_by_customer(const std::vector<Order>& orders);

/// Writes to so many fresh pages of memory.
void touch_pages(std::uint64_t pages);
/// Does `work` in a thread on each of these CPUs at once.
void on_each_cpu(const std::vector<int>& cpus, const std::function<void()>& work);

/// A child of this process that does `work` when it is told to, and then stays, doing nothing, until this goes.
class Worker {
 public:
  /// Throws Error(Stage::kernel).
  explicit Worker(const std::function<void()>& work);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();

  pid_t pid() const noexcept { return pid_; }
  /// Lets it work, and waits until all is done; `meanwhile` is called now and then. Throws Error(Stage::kernel) if it
  /// ends before that or needs more than a minute.
  void work(const std::function<void()>& meanwhile = {});

 private:
  pid_t pid_ = -1;
  UniqueFd to_, from_;
};

}  // namespace sonda::learn
