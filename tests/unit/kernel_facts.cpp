// What is read of the running kernel and of this process.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "headers/header_tree.h"
#include "kernel/kernel.h"
#include "kernel/privilege.h"
#include "sonda/error.h"
#include "support/catch.h"

using namespace sonda;

TEST_CASE("the version code is upstream's, also where a distribution hides it") {
  const auto code = [](unsigned a, unsigned b, unsigned c) { return (a << 16) + (b << 8) + c; };
  CHECK(parse_version_code("6.18.44-fc", "#1 SMP", "") == code(6, 18, 44));
  CHECK(parse_version_code("6.1.0-18-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)", "") ==
        code(6, 1, 76));
  CHECK(parse_version_code("5.15.0-91-generic", "#101-Ubuntu SMP", "Ubuntu 5.15.0-91.101-generic 5.15.131\n") ==
        code(5, 15, 131));
  CHECK(parse_version_code("4.9.337", "", "") == code(4, 9, 255));
  CHECK(parse_version_code("6.7-rc1", "", "") == code(6, 7, 0));
  CHECK(parse_version_code("nonsense", "#1 Debian none", "x y") == 0);
  CHECK(kernel_version_code() >= code(4, 0, 0));
}

TEST_CASE("lists of CPUs are read as the kernel writes them") {
  CHECK(parse_cpu_list("0-3,8,10-11\n") == std::vector<int>{0, 1, 2, 3, 8, 10, 11});
  CHECK(parse_cpu_list("5") == std::vector<int>{5});
  CHECK(parse_cpu_list("\n").empty());
  for (const char* bad : {"a", "1-", "-1", "3-1", "0-99999999", "1,,2", "1 2"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_cpu_list(bad), Error);
  }
  CHECK(online_cpus().size() == static_cast<std::size_t>(::sysconf(_SC_NPROCESSORS_ONLN)));
}

TEST_CASE("the kernel's identity holds more than its release") {
  const auto identity = kernel_identity();
  CHECK(identity.starts_with(kernel_release()));
  CHECK(identity.size() > kernel_release().size() + 8);
  CHECK(identity == kernel_identity());
}

TEST_CASE("effective capabilities are read from the status of a process") {
  CHECK(parse_effective_capabilities("Name:\tx\nCapEff:\t000000c000001000\nCapBnd:\t0\n") == 0xc000001000ULL);
  for (const char* bad : {"", "CapEff:\n", "CapEff:\tzz\n", "CapEff: 10000000000000000\n", "XCapEff:\t1\n"}) {
    CAPTURE(bad);
    CHECK(parse_effective_capabilities(bad) == std::nullopt);
  }
}

TEST_CASE("CAP_SYS_ADMIN includes the capabilities that were split off it, and no others") {
  const std::vector<Capability> all{Capability::bpf, Capability::perfmon, Capability::net_admin};
  CHECK(missing_capabilities(0, all) == all);
  CHECK(missing_capabilities(1ULL << 21, all) == std::vector{Capability::net_admin});
  CHECK(missing_capabilities(1ULL << 39, all) == std::vector{Capability::perfmon, Capability::net_admin});
  CHECK(missing_capabilities(~0ULL, all).empty());
}

TEST_CASE("a build's headers are taken where they are complete") {
  const TemporaryFolder modules;
  const auto build = modules.path() / "build", source = modules.path() / "source";
  // 6.15 and later declare per-CPU pointers so, which no compiler for BPF knows.
  const auto knows_no_segments = [](const HeaderTree& tree) {
    return std::ranges::count(tree.flags, "-D__seg_gs=") == 1 && std::ranges::count(tree.flags, "-D__seg_fs=") == 1;
  };
  const auto make = [](const std::filesystem::path& tree) {
    std::filesystem::create_directories(tree / "include/linux");
    std::ofstream(tree / "include/linux/kconfig.h") << "\n";
  };
  SECTION("none") {
    try {
      kernel_headers(modules.path());
      FAIL("no error");
    } catch (const Error& error) {
      CHECK(error.stage() == Stage::kernel);
      CHECK(error.hint().find("linux-headers-" + kernel_release()) != std::string::npos);
      CHECK(error.hint().find("--headers btf") != std::string::npos);
    }
  }
  SECTION("a build that has all") {
    make(build);
    make(source);
    CHECK(kernel_headers(modules.path()).kernel_source == build);
    CHECK(knows_no_segments(kernel_headers(modules.path())));
    CHECK(kernel_headers(modules.path()).flags.size() == 2);
  }
  SECTION("a build apart from its source") {
    std::filesystem::create_directories(build / "include/generated");
    make(source);
    const auto tree = kernel_headers(modules.path());
    CHECK(tree.kernel_source == source);
    CHECK(knows_no_segments(tree));
    CHECK(std::find(tree.flags.begin(), tree.flags.end(), "-I" + (build / "include").string()) != tree.flags.end());
  }
}
