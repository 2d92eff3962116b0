// What comes through netlink sockets: nothing is taken from beyond a datagram, and nothing beyond what a message says.
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "attach/tc.h"
#include "kernel/netlink.h"

namespace {

bool lies_in(std::span<const char> part, std::span<const char> whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void look_at_attributes(std::span<const char> attributes, std::span<const char> datagram) {
  if (!lies_in(attributes, datagram)) std::abort();
  for (std::uint16_t wanted = 0; wanted < 4; ++wanted)
    for (const std::size_t least : {2, 8}) {
      const auto found = sonda::find_attribute(attributes, wanted, least);
      if (!lies_in(found, attributes) || (!found.empty() && found.size() < least)) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span datagram(reinterpret_cast<const char*>(data), size);
  look_at_attributes(sonda::generic_attributes(datagram), datagram);
  look_at_attributes(datagram, datagram);
  std::vector<sonda::TcFilter> filters;
  const auto answer = sonda::read_tc_filters(std::as_bytes(datagram), true, filters);
  // Each filter takes a message of its own.
  if (filters.size() > size / NLMSG_LENGTH(sizeof(tcmsg))) std::abort();
  if (answer == sonda::TcAnswer::complete && size < sizeof(nlmsghdr)) std::abort();
  for (const auto& filter : filters)
    if (!filter.egress || filter.priority > UINT16_MAX) std::abort();
  return 0;
}
