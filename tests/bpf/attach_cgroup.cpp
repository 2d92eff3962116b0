// Cgroups: every hook takes a program and lets it go, and what processes do in there is counted and refused.
#include <sys/socket.h>

#include <cerrno>

#include "bpf/network_support.h"
#include "bpf/own_cgroup.h"
#include "source/attach_notation.h"
#include "support/network_wire.h"

namespace sonda::test {
namespace {

constexpr int allow = 1, refuse = 0;

/// 0 if it worked, else errno.
int status(bool worked) { return worked ? 0 : errno; }

int connect_udp() { return status(connect_on_lo(Wire::port)); }

int open_device(const char* path) { return status(static_cast<bool>(UniqueFd(::open(path, O_RDONLY | O_CLOEXEC)))); }

int open_socket() { return status(static_cast<bool>(UniqueFd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)))); }

int read_sysctl() {
  const UniqueFd file(::open("/proc/sys/kernel/ostype", O_RDONLY | O_CLOEXEC));
  char byte = 0;
  return status(::read(file.get(), &byte, 1) == 1);
}

int set_option() {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  return status(::setsockopt(socket.get(), SOL_SOCKET, SO_BROADCAST, &on, sizeof on) == 0);
}

int send_one() { return status(send_on_lo()); }

// `action` passes the hook once.
void check_counts_and_refuses(const std::string& hook, int (*action)()) {
  CAPTURE(hook);
  const NetworkNamespace alone;
  const OwnCgroup cgroup;
  const Cgroup point{cgroup.path(), hook};
  const AnsweringProgram yes(point, allow), no(point, refuse);
  {
    const auto link = attach(yes.program(), point);
    for (int i = 0; i < 3; ++i) CHECK(cgroup.run(action) == 0);
    CHECK(exit_of_child(action) == 0);  // another process's is none of its business
    CHECK(yes.count() == 3);
  }
  auto link = attach(no.program(), point);
  CHECK(cgroup.run(action) == EPERM);
  CHECK(no.count() == 1);
  link.detach();
  CHECK(cgroup.run(action) == 0);
  CHECK(no.count() == 1);
  CHECK(yes.count() == 3);
}

}  // namespace

TEST_CASE("every hook of a cgroup takes a program, and is empty after it") {
  SONDA_NEED_BPF();
  const OwnCgroup cgroup;
  const UniqueFd folder(::open(cgroup.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (const auto& hook : cgroup_hooks) {
    CAPTURE(hook.name);
    const Cgroup point{cgroup.path(), std::string(hook.name)};
    const AnsweringProgram first(point, allow), second(point, allow);
    auto a = attach(first.program(), point);
    auto b = attach(second.program(), point);
    CHECK(programs_at(folder.get(), hook.attach) == std::vector{first.id(), second.id()});
    a.detach();
    CHECK(programs_at(folder.get(), hook.attach) == std::vector{second.id()});
    b.detach();
    CHECK(programs_at(folder.get(), hook.attach).empty());
  }
}

TEST_CASE("a cgroup's connects, sockets, packets, devices and settings are counted and refused") {
  SONDA_NEED_BPF();
  check_counts_and_refuses("connect4", connect_udp);
  check_counts_and_refuses("sendmsg4", send_one);
  check_counts_and_refuses("egress", send_one);
  check_counts_and_refuses("sock_create", open_socket);
  check_counts_and_refuses("device", [] { return open_device("/dev/null"); });
  check_counts_and_refuses("sysctl", read_sysctl);
  check_counts_and_refuses("setsockopt", set_option);
}

TEST_CASE("a program on a cgroup sees the cgroups below it") {
  SONDA_NEED_BPF();
  const OwnCgroup cgroup;
  const auto below = cgroup.path() / "below";
  std::filesystem::create_directory(below);
  const Cgroup point{cgroup.path(), "sock_create"};
  const AnsweringProgram program(point, allow);
  const auto link = attach(program.program(), point);
  const int result = exit_of_child([&] {
    std::ofstream(below / "cgroup.procs") << ::getpid() << std::flush;
    return open_socket();
  });
  CHECK(result == 0);
  CHECK(program.count() == 1);
  std::filesystem::remove(below);
}

TEST_CASE("what is no cgroup is refused with where cgroups are") {
  SONDA_NEED_BPF();
  const OwnCgroup cgroup;
  const auto refusal = [](const std::filesystem::path& path) {
    const Cgroup point{path, "device"};
    const AnsweringProgram program(point, allow);
    return error_of([&] { attach(program.program(), point); });
  };
  const auto plain = refusal("/usr");
  CHECK_THAT(plain.cause(), Contains("/usr is no folder of cgroup v2"));
  CHECK_THAT(plain.hint(), Contains("mounted at"));
  CHECK_THAT(refusal(cgroup.path() / "nowhere").cause(), Contains("nowhere") && Contains("No such file"));
  CHECK_THAT(refusal("/etc/passwd").cause(), Contains("Not a directory"));
  const auto hook = error_of([&] { program_kind(Cgroup{cgroup.path(), "conect4"}); });
  CHECK_THAT(hook.cause(), Contains("no hook 'conect4'"));
  CHECK_THAT(hook.hint(), Contains("'connect4'"));
}

TEST_CASE("a program that wants to be alone on its cgroup is told of") {
  SONDA_NEED_BPF();
  const OwnCgroup cgroup;
  const UniqueFd folder(::open(cgroup.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const Cgroup point{cgroup.path(), "device"};
  const AnsweringProgram alone(point, allow), program(point, allow);
  REQUIRE(::bpf_prog_attach(alone.program().fd(), folder.get(), BPF_CGROUP_DEVICE, 0) == 0);
  const auto error = error_of([&] { attach(program.program(), point); });
  CHECK_THAT(error.cause(), Contains("the only one"));
  CHECK(::bpf_prog_detach2(alone.program().fd(), folder.get(), BPF_CGROUP_DEVICE) == 0);
}

}  // namespace sonda::test
