// Bytes that the kernel gives: notes, and answers of netlink. A size that they say of themselves is checked.
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <cstring>
#include <string>
#include <vector>

#include "kernel/kernel.h"
#include "kernel/netlink.h"
#include "support/catch.h"

using namespace sonda;
using namespace std::string_literals;

namespace {

std::string note(std::uint32_t type, const std::string& owner, const std::string& content) {
  const auto word = [](std::uint32_t number) { return std::string(reinterpret_cast<const char*>(&number), 4); };
  const auto padded = [](std::string text) { return text.append((4 - text.size() % 4) % 4, '\0'); };
  return word(static_cast<std::uint32_t>(owner.size())) + word(static_cast<std::uint32_t>(content.size())) +
         word(type) + padded(owner) + padded(content);
}

std::vector<char> message(std::uint32_t length, std::size_t size) {
  std::vector<char> bytes(size);
  const nlmsghdr header{.nlmsg_len = length, .nlmsg_type = 20, .nlmsg_flags = 0, .nlmsg_seq = 1, .nlmsg_pid = 0};
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

}  // namespace

TEST_CASE("a build id is that of a note whose owner is GNU, letter by letter") {
  CHECK(build_id_in(note(3, "GNU\0"s, "\x12\xab")) == "12ab");
  for (const auto& owner : {"GNX\0"s, "gnu\0"s, "GNUX"s, "GNU"s, "XNU\0"s, "GNU\0\0"s, ""s})
    CHECK(build_id_in(note(3, owner, "\x12\xab")).empty());
  CHECK(build_id_in(note(1, "GNU\0"s, "\x12\xab")).empty());
  CHECK(build_id_in(note(3, "Xen\0"s, "\x01") + note(3, "GNU\0"s, "\x02")) == "02");
  const auto whole = note(3, "GNU\0"s, "\x12\xab");
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK(build_id_in(whole.substr(0, size)).empty());
}

TEST_CASE("an answer of netlink that says it is shorter than its own header has no attributes") {
  constexpr std::size_t header = NLMSG_HDRLEN + GENL_HDRLEN;
  for (std::uint32_t length = 0; length <= header; ++length) CHECK(generic_attributes(message(length, 64)).empty());
  CHECK(generic_attributes(message(65, 64)).empty());
  CHECK(generic_attributes(message(64, 64)).size() == 64 - header);
  CHECK(generic_attributes(std::vector<char>(header - 1)).empty());
}
