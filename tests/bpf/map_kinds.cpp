// Each kind of map that BCC has a macro for: written by a program, read and written from here.
#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <map>
#include <string>

#include "bpf/own_cgroup.h"
#include "bpf/private_cache.h"
#include "sonda/sonda.h"
#include "support/catch.h"
#include "support/network_wire.h"
#include "support/skip.h"

extern "C" {
[[gnu::noinline]] int sonda_test_step(int number) {
  asm volatile("" : "+r"(number));
  return number;
}
}

namespace sonda::test {
namespace {

Probe open_text(const std::string& text, const OpenOptions& options = {}) {
  static const auto cache = PrivateCache::or_shared();
  return Probe::open(ProbeSource::from_text("kinds.c", text), options);
}

/// A probe whose function `f` runs for each number here.
Probe stepped(const std::string& text, const std::vector<int>& numbers) {
  auto probe = open_text("#include <uapi/linux/ptrace.h>\n" + text);
  probe.attach_uprobe("/proc/self/exe", "sonda_test_step", "f");
  for (const auto number : numbers) sonda_test_step(number);
  return probe;
}

std::map<std::uint64_t, std::uint64_t> numbers_in(const Table& table) {
  std::map<std::uint64_t, std::uint64_t> result;
  for (const auto& entry : table.snapshot()) {
    std::uint64_t sum = 0;
    for (std::uint32_t cpu = 0; cpu < entry.cpus; ++cpu) sum += entry.on_cpu(cpu).u64();
    result[entry.key.u64()] = sum;
  }
  return result;
}

std::string refusal(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("hashes and arrays, per CPU and not, count alike") {
  SONDA_NEED_BPF();
  const auto* const kind = GENERATE("hash", "array", "percpu_hash", "percpu_array", "lru_hash", "lru_percpu_hash");
  INFO(kind);
  const auto probe = stepped("BPF_TABLE(\"" + std::string(kind) +
                                 "\", u32, u64, counts, 8);\n"
                                 "int f(struct pt_regs *ctx) { u32 key = PT_REGS_PARM1(ctx); u64 zero = 0;\n"
                                 "  u64 *count = counts.lookup_or_try_init(&key, &zero);\n"
                                 "  if (count) ++*count;\n  return 0; }\n",
                             {1, 2, 2, 3, 3, 3});
  const auto counts = numbers_in(probe.table("counts"));
  for (const std::uint64_t key : {1, 2, 3}) CHECK(counts.at(key) == key);
}

TEST_CASE("an LRU map keeps what was used last and forgets the rest") {
  SONDA_NEED_BPF();
  std::vector<int> numbers(1000);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<int>(i);
  const auto probe = stepped(
      "BPF_TABLE(\"lru_hash\", u32, u64, recent, 16);\n"
      "int f(struct pt_regs *ctx) { u32 key = PT_REGS_PARM1(ctx); u64 one = 1;\n"
      "  recent.update(&key, &one); return 0; }\n",
      numbers);
  const auto recent = numbers_in(probe.table("recent"));
  CHECK(recent.size() <= 16);
  CHECK(recent.contains(999));
}

TEST_CASE("a trie finds the longest prefix") {
  SONDA_NEED_BPF();
  struct Key {
    std::uint32_t prefixlen, address;
  };
  auto probe = open_text(
      "#include <uapi/linux/ptrace.h>\n"
      "struct network { u32 prefixlen; u32 address; };\n"
      "BPF_LPM_TRIE(networks, struct network, u64, 16);\nBPF_ARRAY(found, u64, 1);\n"
      "int f(struct pt_regs *ctx) {\n"
      "  struct network key = {32, PT_REGS_PARM1(ctx)};\n"
      "  u64 *value = networks.lookup(&key);\n  int zero = 0;\n"
      "  if (value) found.update(&zero, value);\n  return 0;\n}\n");
  const auto networks = probe.table("networks");
  const auto add = [&](const char* address, std::uint32_t length, std::uint64_t value) {
    const Key key{length, ::inet_addr(address)};
    networks.update_bytes(object_bytes(key), object_bytes(value));
  };
  add("10.0.0.0", 8, 8);
  add("10.1.0.0", 16, 16);
  probe.attach_uprobe("/proc/self/exe", "sonda_test_step", "f");
  const auto found_for = [&](const char* address) {
    sonda_test_step(static_cast<int>(::inet_addr(address)));
    return numbers_in(probe.table("found")).at(0);
  };
  CHECK(found_for("10.1.2.3") == 16);
  CHECK(found_for("10.2.2.3") == 8);
  CHECK(networks.snapshot().size() == 2);
  for (const auto& entry : networks.snapshot()) CHECK(entry.key["prefixlen"].u64() == entry.value.u64());
}

TEST_CASE("queues and stacks are pushed, looked at and popped from both sides") {
  SONDA_NEED_BPF();
  auto probe = stepped(
      "BPF_QUEUE(queue, u32, 3);\nBPF_STACK(stack, u32, 3);\nBPF_ARRAY(other, u32, 1);\n"
      "int f(struct pt_regs *ctx) { u32 n = PT_REGS_PARM1(ctx);\n"
      "  queue.push(&n, 0); stack.push(&n, 0); return 0; }\n",
      {1, 2});
  const auto queue = probe.table("queue"), stack = probe.table("stack");
  const std::uint32_t three = 3;
  queue.push_bytes(object_bytes(three));
  stack.push_bytes(object_bytes(three));
  CHECK(from_bytes<std::uint32_t>(*queue.peek_bytes()) == 1);
  CHECK(from_bytes<std::uint32_t>(*stack.peek_bytes()) == 3);
  CHECK_THAT(refusal([&] { queue.push_bytes(object_bytes(three)); }), Contains("full"));
  for (const std::uint32_t n : {1U, 2U, 3U}) {
    CHECK(queue.pop<std::uint32_t>() == n);
    CHECK(stack.pop<std::uint32_t>() == 4 - n);
  }
  CHECK_FALSE(queue.pop_bytes());
  CHECK_FALSE(stack.peek_bytes());
  CHECK_THAT(refusal([&] { probe.table("other").pop_bytes(); }), Contains("no queue and no stack"));
  CHECK_THAT(refusal([&] { queue.snapshot(); }), Contains("no entries to read"));
}

TEST_CASE("maps of maps hand a program the map that is put into them") {
  SONDA_NEED_BPF();
  auto probe = open_text(
      "#include <uapi/linux/ptrace.h>\n"
      "BPF_TABLE(\"array\", int, u64, first, 2);\nBPF_TABLE(\"array\", int, u64, second, 2);\n"
      "BPF_TABLE(\"hash\", u64, u64, other, 2);\n"
      "BPF_ARRAY_OF_MAPS(by_index, \"first\", 4);\nBPF_HASH_OF_MAPS(by_key, u32, \"first\", 4);\n"
      "int f(struct pt_regs *ctx) {\n"
      "  int index = PT_REGS_PARM1(ctx), zero = 0, one = 1;\n  u32 key = index;\n  u64 value = index;\n"
      "  void *map = by_index.lookup(&index);\n"
      "  if (map) bpf_map_update_elem(map, &zero, &value, BPF_ANY);\n"
      "  map = by_key.lookup(&key);\n"
      "  if (map) bpf_map_update_elem(map, &one, &value, BPF_ANY);\n  return 0;\n}\n");
  CHECK(probe.image().map("by_index").inner == "first");
  CHECK(probe.image().map("by_key").inner == "first");
  const auto by_index = probe.table("by_index"), by_key = probe.table("by_key");
  by_index.update<int, int>(2, probe.table("first").map().fd());
  by_key.update<std::uint32_t, int>(3, probe.table("second").map().fd());
  CHECK_THROWS_AS((by_index.update<int, int>(1, probe.table("other").map().fd())), Error);
  probe.attach_uprobe("/proc/self/exe", "sonda_test_step", "f");
  for (const int number : {1, 2, 3}) sonda_test_step(number);
  CHECK(numbers_in(probe.table("first")).at(0) == 2);
  CHECK(numbers_in(probe.table("second")).at(1) == 3);
  CHECK(by_key.snapshot().size() == 1);
}

TEST_CASE("stacks are kept as addresses or as places in files") {
  SONDA_NEED_BPF();
  const auto probe = stepped(
      "BPF_STACK_TRACE(plain, 16);\nBPF_STACK_TRACE_BUILDID(files, 16);\nBPF_HASH(ids, u32, u64);\n"
      "int f(struct pt_regs *ctx) {\n"
      "  u32 plain_key = 0, files_key = 1;\n"
      "  u64 a = plain.get_stackid(ctx, BPF_F_USER_STACK), b = files.get_stackid(ctx, BPF_F_USER_STACK);\n"
      "  ids.update(&plain_key, &a); ids.update(&files_key, &b); return 0; }\n",
      {1});
  const auto ids = numbers_in(probe.table("ids"));
  const auto plain = probe.table("plain").snapshot(), files = probe.table("files").snapshot();
  REQUIRE(plain.size() == 1);
  CHECK(plain[0].key.u64() == ids.at(0));
  CHECK(plain[0].value["ip"][0].u64() == reinterpret_cast<std::uint64_t>(&sonda_test_step));
  REQUIRE(files.size() == 1);
  CHECK(files[0].key.u64() == ids.at(1));
  CHECK(files[0].value.bytes().size() == 127 * sizeof(bpf_stack_build_id));
  CHECK((probe.image().map("files").flags & BPF_F_STACK_BUILD_ID) != 0);
}

TEST_CASE("values of processes are looked up by a descriptor of the process") {
  SONDA_NEED_BPF();
  const auto probe = stepped(
      "struct value { u64 calls; };\nBPF_TASK_STORAGE(of_task, struct value);\n"
      "int f(struct pt_regs *ctx) {\n"
      "  struct task_struct *task = bpf_get_current_task_btf();\n"
      "  struct value *value = of_task.task_storage_get(task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);\n"
      "  if (value) ++value->calls;\n  return 0; }\n",
      {1, 2, 3});
  const auto table = probe.table("of_task");
  const UniqueFd self(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
  REQUIRE(self);
  const int key = self.get();
  const auto value = table.find_bytes(object_bytes(key));
  REQUIRE(value);
  CHECK(from_bytes<std::uint64_t>(*value) == 3);
  CHECK_THAT(refusal([&] { table.snapshot(); }), Contains("no entries to read"));
  CHECK(table.erase_bytes(object_bytes(key)));
  CHECK_FALSE(table.find_bytes(object_bytes(key)));
}

TEST_CASE("values of files and sockets are set and looked up by their descriptors") {
  SONDA_NEED_BPF();
  const auto* const kind = GENERATE("INODE", "SK");
  INFO(kind);
  const auto probe = open_text("struct value { u64 a; };\nBPF_" + std::string(kind) +
                               "_STORAGE(values, struct value);\n"
                               "int f(void *ctx) { return 0; }\n");
  const auto table = probe.table("values");
  const bool of_files = std::string(kind) == "INODE";
  const UniqueFd thing(of_files ? ::memfd_create("sonda", MFD_CLOEXEC)
                                : ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const int key = thing.get();
  const std::uint64_t seven = 7;
  CHECK_FALSE(table.find_bytes(object_bytes(key)));
  table.update_bytes(object_bytes(key), object_bytes(seven));
  CHECK(from_bytes<std::uint64_t>(*table.find_bytes(object_bytes(key))) == 7);
}

TEST_CASE("values of cgroups, per CPU and not, are counted at the cgroup's hook") {
  SONDA_NEED_BPF();
  const auto* const kind = GENERATE("BPF_CGROUP_STORAGE", "BPF_PERCPU_CGROUP_STORAGE");
  INFO(kind);
  const NetworkNamespace alone;
  const UniqueFd listening = listen_on_lo();
  const OwnCgroup cgroup;
  auto probe = open_text(std::string(kind) +
                         "(packets, u64);\n"
                         "// @attach cgroup:" +
                         cgroup.path().string() +
                         ":egress\n"
                         "int f(struct __sk_buff *skb) {\n  u64 *value = packets.get_local_storage(0);\n"
                         "  if (value) ++*value;\n  return 1;\n}\n");
  probe.attach();
  REQUIRE(cgroup.run([] {
    for (int i = 0; i < 4; ++i)
      if (!send_on_lo()) return 1;
    return 0;
  }) == 0);
  const auto snapshot = probe.table("packets").snapshot();
  REQUIRE(snapshot.size() == 1);
  std::uint64_t sum = 0;
  for (std::uint32_t cpu = 0; cpu < snapshot[0].cpus; ++cpu) sum += snapshot[0].on_cpu(cpu).u64();
  CHECK(sum == 4);
}

TEST_CASE("the maps that packets are sent on through take their targets from here") {
  SONDA_NEED_BPF();
  const NetworkNamespace alone;
  auto probe = open_text(
      "BPF_DEVMAP(devices, 4);\nBPF_CPUMAP(cpus, 2);\nBPF_XSKMAP(sockets, 4);\n"
      "int f(struct xdp_md *ctx) {\n"
      "  if (ctx->rx_queue_index == 7) return cpus.redirect_map(0, 0);\n"
      "  if (ctx->rx_queue_index == 8) return sockets.redirect_map(0, 0);\n"
      "  return devices.redirect_map(1, 0);\n}\n");
  const auto devices = probe.table("devices"), cpus = probe.table("cpus");
  CHECK(devices.snapshot().empty());
  devices.update<std::uint32_t, std::uint32_t>(1, 1);  // lo
  cpus.update<std::uint32_t, std::uint32_t>(0, 64);    // packets that may wait there
  CHECK(numbers_in(devices) == std::map<std::uint64_t, std::uint64_t>{{1, 1}});
  CHECK(numbers_in(cpus) == std::map<std::uint64_t, std::uint64_t>{{0, 64}});
  CHECK_THAT(refusal([&] { probe.table("sockets").snapshot(); }), Contains("no entries to read"));
  CHECK(probe.attach(Xdp{"lo", Xdp::Mode::generic}, "f").places() == 1);
}

TEST_CASE("a map of cgroups says whether a process is in one") {
  SONDA_NEED_BPF();
  const OwnCgroup cgroup;
  auto probe = open_text(
      "BPF_CGROUP_ARRAY(cgroups, 1);\nBPF_ARRAY(inside, u64, 1);\n"
      "int f(void *ctx) { if (cgroups.check_current_task(0) > 0) inside.increment(0); return 0; }\n");
  const UniqueFd folder(::open(cgroup.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  probe.table("cgroups").update<std::uint32_t, int>(0, folder.get());
  probe.attach_uprobe("/proc/self/exe", "sonda_test_step", "f");
  sonda_test_step(1);
  CHECK(numbers_in(probe.table("inside")).at(0) == 0);
  REQUIRE(cgroup.run([] { return sonda_test_step(1) - 1; }) == 0);
  CHECK(numbers_in(probe.table("inside")).at(0) == 1);
}

TEST_CASE("maps of sockets take sockets, and cannot be read") {
  SONDA_NEED_BPF();
  const NetworkNamespace alone;
  const auto probe = open_text("BPF_SOCKMAP(sockets, 4);\nBPF_SOCKHASH(by_key, u32, 4);\n");
  const UniqueFd socket = listen_on_lo();
  for (const auto* const name : {"sockets", "by_key"}) {
    INFO(name);
    const auto table = probe.table(name);
    table.update<std::uint32_t, int>(1, socket.get());
    CHECK(table.erase_bytes(object_bytes(std::uint32_t{1})));
    CHECK_THAT(refusal([&] { table.snapshot(); }), Contains("no entries to read"));
  }
}

TEST_CASE("a bloom filter is unknown to the compiler, which says so") {
  SONDA_NEED_BPF();
  CHECK_THAT(
      refusal([] { open_text("BPF_TABLE(\"bloom_filter\", int, u64, filter, 8);\nint f(void *ctx) { return 0; }\n"); }),
      Contains("kinds.c:1") && Contains("unsupported map type: maps/bloom_filter"));
}

}  // namespace sonda::test
