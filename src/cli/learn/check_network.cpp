// The check of the lesson on packets.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>

#include "cli/learn/checks.h"
#include "cli/learn/private_network.h"
#include "cli/learn/readings.h"

namespace sonda::learn {
namespace {

constexpr std::uint16_t unwanted_port = 9, other_port = 4000;

/// Which datagrams go to the port that nothing is to reach.
std::vector<bool> random_datagrams(Random& random) {
  std::vector<bool> unwanted(number_between(random, 200, 600));
  std::generate(unwanted.begin(), unwanted.end(), [&] { return number_between(random, 0, 2) == 0; });
  return unwanted;
}

}  // namespace

void check_xdp(Trial& trial) {
  const auto datagrams = random_datagrams(trial.random());
  const auto unwanted = static_cast<std::uint64_t>(std::ranges::count(datagrams, true));
  const PrivateNetwork network;
  const LocalSocket at_unwanted(unwanted_port), at_other(other_port), sender(0);
  auto& probe = trial.open(::getpid());
  Trial::attach(probe, ::getpid());
  std::uint64_t got_unwanted = 0, got_other = 0;
  for (const bool to_unwanted : datagrams) {
    sender.send_to(to_unwanted ? unwanted_port : other_port);
    got_unwanted += at_unwanted.received();
    got_other += at_other.received();
  }
  // On lo a datagram has arrived, or is dropped, when it is sent; but the kernel may put that off a little.
  ::poll(nullptr, 0, 20);
  got_unwanted += at_unwanted.received();
  got_other += at_other.received();
  trial.fact(fmt::format("{} went to port {}, of which {} arrived; {} to port {}, of which {} arrived",
                         counted(unwanted, "datagram"), unwanted_port, with_commas(got_unwanted),
                         with_commas(datagrams.size() - unwanted), other_port, with_commas(got_other)));
  const auto dropped = read_sum(trial, probe, "dropped");
  if (!dropped) return;
  if (got_other != datagrams.size() - unwanted)
    trial.wrong_figure({.text = "datagrams were dropped that are for another port",
                        .expected = with_commas(datagrams.size() - unwanted),
                        .found = with_commas(got_other),
                        .hint = "only those for port 9: udp->dest == htons(9)"});
  if (got_unwanted != 0)
    trial.wrong_figure({.text = fmt::format("datagrams for port {} still arrive", unwanted_port),
                        .expected = "0",
                        .found = with_commas(got_unwanted),
                        .hint = "return XDP_DROP for them"});
  trial.expect_figure("the dropped datagrams", unwanted, *dropped, "dropped.increment(0), right before XDP_DROP");
}

}  // namespace sonda::learn
