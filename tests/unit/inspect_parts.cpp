// What is found out about BPF objects without asking the kernel.
#include <filesystem>

#include "inspect/holders.h"
#include "inspect/links.h"
#include "inspect/object.h"
#include "support/catch.h"
#include "support/scratch.h"

using namespace sonda;
namespace fs = std::filesystem;

TEST_CASE("numbers are found in fdinfo by their whole name") {
  const auto* text = "pos:\t0\nprog_id_of:\t3\nprog_id:\t42\nmemlock:\t8192\nbroken:\tx\n";
  CHECK(fdinfo_number(text, "prog_id") == 42U);
  CHECK(fdinfo_number(text, "memlock") == 8192U);
  CHECK(fdinfo_number(text, "broken") == std::nullopt);
  CHECK(fdinfo_number(text, "id") == std::nullopt);
  CHECK(fdinfo_number("", "id") == std::nullopt);
}

TEST_CASE("processes are named for what they hold, once each") {
  const test::ScratchFolder proc;
  const auto descriptor = [&](const std::string& pid, const std::string& fd, const std::string& target,
                              const std::string& info) {
    fs::create_directories(proc.path() / pid / "fd");
    fs::create_symlink(target, proc.path() / pid / "fd" / fd);
    proc.write(pid + "/fdinfo/" + fd, info);
  };
  proc.write("10/comm", "loader\n");
  descriptor("10", "3", "anon_inode:bpf-prog", "prog_type:\t2\nprog_id:\t7\n");
  descriptor("10", "4", "anon_inode:bpf-prog", "prog_id:\t7\n");
  descriptor("10", "5", "anon_inode:bpf_link", "link_type:\tperf\nlink_id:\t9\n");
  descriptor("10", "6", "/tmp/anon_inode:bpf-map", "map_id:\t1\n");
  proc.write("11/comm", "other\n");
  descriptor("11", "3", "anon_inode:bpf-map", "map_type:\t1\nmap_id:\t5\n");
  descriptor("11", "4", "anon_inode:bpf-prog", "prog_id:\tnonsense\n");
  descriptor("11", "5", "anon_inode:bpf-prog", "");
  proc.write("12/comm", "has no descriptors\n");
  proc.write("self/comm", "no number\n");

  const auto holders = find_holders(proc.path().string());
  CHECK(holders.programs.size() == 1);
  CHECK(holders.programs.at(7) == std::vector<Holder>{{10, "loader"}});
  CHECK(holders.links.at(9) == std::vector<Holder>{{10, "loader"}});
  CHECK(holders.maps.size() == 1);
  CHECK(holders.maps.at(5) == std::vector<Holder>{{11, "other"}});
  CHECK(find_holders("/nonexistent").programs.empty());
}

TEST_CASE("places are written as @attach takes them, as far as the kernel tells") {
  CHECK(uprobe_text(true, "/bin/bash", 0x10) == "uretprobe:/bin/bash+0x10");
  CHECK(kprobe_text(false, "vfs_read", 0, 0) == "kprobe:vfs_read");
  CHECK(kprobe_text(false, "vfs_read", 4, 0) == "kprobe:vfs_read+0x4");
  CHECK(kprobe_text(true, "", 0, 0xff) == "kretprobe:0xff");
  CHECK(perf_event_text(1, 2) == "software:page-faults");
  CHECK(perf_event_text(77, 2) == "perf:77:0x2");
  LinkInfo info{};
  info.type = static_cast<std::uint32_t>(LinkType::raw_tracepoint);
  CHECK(attach_text(info, "sched_switch") == "rawtracepoint:sched_switch");
  info.type = static_cast<std::uint32_t>(LinkType::tcx);
  info.network = {.interface = 4'000'000'000U, .attach_type = 47};
  CHECK(attach_text(info, "") == "tc:4000000000:egress");
  info.type = 99;
  CHECK(attach_text(info, "").empty());
  CHECK(link_type_name(static_cast<LinkType>(99)) == "link 99");
}
