// What the kernel answers through a netlink socket, taken apart within the bytes that came.
#pragma once

#include <cstdint>
#include <span>

namespace sonda {

/// The attributes of the first message of a generic netlink datagram; none if it is an error, or not whole.
std::span<const char> generic_attributes(std::span<const char> datagram) noexcept;

/// The content of the first attribute of the kind `wanted` that has at least `size` bytes; empty if there is none.
std::span<const char> find_attribute(std::span<const char> attributes, std::uint16_t wanted, std::size_t size) noexcept;

}  // namespace sonda
