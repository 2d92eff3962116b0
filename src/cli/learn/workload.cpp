#include "cli/learn/workload.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <thread>

#include "base/stop.h"
#include "sonda/error.h"

namespace sonda::learn {
namespace {

using namespace std::chrono_literals;

constexpr auto longest = 60s;

std::string random_note(Random& random, std::uint64_t length) {
  std::string note;
  while (note.size() < length) {
    const bool between = note.size() > 1 && note.size() + 2 < length && note.back() != ' ';
    note += between && number_between(random, 0, 4) == 0 ? ' ' : static_cast<char>('a' + number_between(random, 0, 25));
  }
  return note;
}

/// Waits for a byte; false at the end of the stream.
bool wait_for_byte(int fd) {
  char byte = 0;
  ssize_t got = 0;
  while ((got = ::read(fd, &byte, 1)) < 0 && errno == EINTR) {
  }
  return got == 1;
}

[[noreturn]] void be_worker(const std::function<void()>& work, int told, int tell) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const int signal : {SIGINT, SIGTERM}) ::signal(signal, SIG_IGN);  // the parent ends it
  int status = 1;
  if (wait_for_byte(told)) {
    try {
      work();
      const char done = '.';
      if (::write(tell, &done, 1) == 1) status = 0;
    } catch (...) {  // the parent sees that nothing was told
    }
    if (status == 0) wait_for_byte(told);
  }
  ::_exit(status);
}

}  // namespace

std::uint64_t number_between(Random& random, std::uint64_t least, std::uint64_t most) {
  return std::uniform_int_distribution<std::uint64_t>(least, most)(random);
}

std::vector<Order> random_orders(Random& random, const OrderBook& book) {
  std::vector<Order> orders(number_between(random, book.least, book.most));
  for (std::size_t i = 0; i < orders.size(); ++i) {
    auto& order = orders[i];
    order.customer = i < book.customers ? static_cast<std::uint32_t>(i)
                                        : static_cast<std::uint32_t>(number_between(random, 0, book.customers - 1));
    order.amount = number_between(random, book.least_amount, book.most_amount);
    order.note = random_note(random, number_between(random, book.least_note, book.most_note));
  }
  return orders;
}

void place(const std::vector<Order>& orders) {
  for (const auto& order : orders) sonda_order(order.customer, order.amount, order.note.c_str());
}

std::uint64_t money_in_all(const std::vector<Order>& orders) {
  std::uint64_t sum = 0;
  for (const auto& order : orders) sum += order.amount;
  return sum;
}

std::map<std::uint64_t, std::uint64_t> money_by_customer(const std::vector<Order>& orders) {
  std::map<std::uint64_t, std::uint64_t> sums;
  for (const auto& order : orders) sums[order.customer] += order.amount;
  return sums;
}

void touch_pages(std::uint64_t pages) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const auto size = pages * page;
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw system_error(Stage::kernel, "the workload", "cannot get memory", errno);
  ::madvise(memory, size, MADV_NOHUGEPAGE);  // one fault for each page
  auto* bytes = static_cast<volatile char*>(memory);
  for (std::size_t at = 0; at < size; at += page) bytes[at] = 1;
  ::munmap(memory, size);
}

void on_each_cpu(const std::vector<int>& cpus, const std::function<void()>& work) {
  std::vector<std::thread> threads;
  threads.reserve(cpus.size());
  for (const int cpu : cpus)
    threads.emplace_back([cpu, &work] {
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(cpu, &one);
      ::sched_setaffinity(0, sizeof one, &one);
      work();
    });
  for (auto& thread : threads) thread.join();
}

Worker::Worker(const std::function<void()>& work) {
  int to[2], from[2];
  const auto refuse = [] { throw system_error(Stage::kernel, "the workload", "cannot start its process", errno); };
  if (::pipe2(to, O_CLOEXEC) != 0) refuse();
  UniqueFd told(to[0]);
  to_.reset(to[1]);
  if (::pipe2(from, O_CLOEXEC) != 0) refuse();
  from_.reset(from[0]);
  UniqueFd tell(from[1]);
  pid_ = ::fork();
  if (pid_ < 0) refuse();
  if (pid_ == 0) {
    to_.reset();  // else it would never see its end
    from_.reset();
    be_worker(work, told.get(), tell.get());
  }
}

Worker::~Worker() {
  to_.reset();
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void Worker::work(const std::function<void()>& meanwhile) {
  const char go = '.';
  if (::write(to_.get(), &go, 1) != 1)
    throw system_error(Stage::kernel, "the workload", "cannot tell it to begin", errno);
  const auto end = std::chrono::steady_clock::now() + longest;
  pollfd done{.fd = from_.get(), .events = POLLIN, .revents = 0};
  while (::poll(&done, 1, meanwhile ? 1 : 100) <= 0) {
    if (meanwhile) meanwhile();
    if (stop_signal() != 0)
      throw Error(Stage::kernel, "the workload", "it was interrupted").with_exit(Exit::interrupted);
    if (std::chrono::steady_clock::now() > end)
      throw Error(Stage::kernel, "the workload", "it takes more than a minute", "is the machine very busy? try again");
  }
  if (!wait_for_byte(from_.get())) throw Error(Stage::kernel, "the workload", "its process ended too early");
}

}  // namespace sonda::learn
