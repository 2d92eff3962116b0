// Programs that run over all objects of a kind when they are read.
#include <bpf/bpf.h>

#include <array>
#include <cerrno>

#include "attach/btf_target.h"
#include "attach/perf_open.h"

namespace sonda {
namespace {

std::string read_to_end(int fd, const std::string& subject) {
  constexpr std::size_t limit = 1UL << 30;
  std::string text;
  std::array<char, 65536> part;  // NOLINT(cppcoreguidelines-pro-type-member-init): read(2) fills it
  for (;;) {
    const auto got = ::read(fd, part.data(), part.size());
    if (got == 0) return text;
    // The kernel takes a break after a million objects about which the program wrote nothing.
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) throw system_error(Stage::read, subject, "cannot read the iterator", errno);
    if (text.size() + static_cast<std::size_t>(got) > limit)
      throw Error(Stage::read, subject, "the program writes more than 1 GiB");
    text.append(part.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

Attached attach_at(const Program& program, const Iterator& point) {
  UniqueFd link(::bpf_link_create(program.fd(), 0, BPF_TRACE_ITER, nullptr));
  if (!link) {
    if (errno == EBADF || errno == EINVAL)
      throw Error(Stage::attach, to_string(point), "this iterator runs over one given map, which cannot be said here",
                  "read the map itself: it is shown at the end, and Probe::table() reads it");
    throw perf_error(to_string(point), "the kernel does not attach the iterator", errno);
  }
  return held_by(std::move(link));
}

std::string Link::read_iterator() const {
  const auto subject = to_string(point_);
  if (!std::holds_alternative<Iterator>(point_)) throw Error(Stage::read, subject, "only an iterator can be read");
  if (held_.links.empty()) throw Error(Stage::read, subject, "it is detached");
  const UniqueFd run(::bpf_iter_create(held_.links.front().get()));
  if (!run) throw system_error(Stage::read, subject, "cannot start the iterator", errno);
  return read_to_end(run.get(), subject);
}

}  // namespace sonda
