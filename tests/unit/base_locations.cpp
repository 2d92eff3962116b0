#include "base/locations.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "base/text.h"
#include "sonda/error.h"
#include "support/catch.h"
#include "support/paths.h"
#include "support/scratch.h"
#include "support/skip.h"

using namespace sonda;
using namespace sonda::test;
namespace fs = std::filesystem;

namespace {

/// What a copy of this program, put at `program`, prints about its locations; each on a line.
std::vector<std::string> locations_of_copy(const fs::path& program) {
  fs::create_directories(program.parent_path());
  fs::copy_file("/proc/self/exe", program);
  const auto output = program.parent_path() / "output";
  const auto status = exit_of_child([&] {
    ::setenv("SONDA_TEST_PRINT_LOCATIONS", "1", 1);
    if (std::freopen(output.c_str(), "w", stdout) == nullptr) return 98;
    ::execl(program.c_str(), program.c_str(), "a copy of the program finds what lies beside it", nullptr);
    return 97;
  });
  if (status != 0) return {};
  std::ifstream stream(output);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  std::vector<std::string> found;
  for (const auto line : split_lines(text))
    if (line.starts_with("location ")) found.emplace_back(line.substr(9));
  return found;
}

void print_locations() {
  std::string worker;
  try {
    worker = worker_program();
  } catch (const Error& error) {
    worker = "none";
  }
  std::printf("location %d\nlocation %s\nlocation %s\nlocation %s\n", runs_from_build_tree(), worker.c_str(),
              installed_probes().c_str(), header_tree().c_str());
}

}  // namespace

TEST_CASE("the test runs in the build tree and finds the source tree's files") {
  CHECK(runs_from_build_tree());
  REQUIRE(build_tree_probes());
  CHECK(fs::canonical(*build_tree_probes()) == fs::canonical(sonda::test::in_source("probes")));
  CHECK(header_tree() == sonda::test::in_source("src/headers/tree"));
}

TEST_CASE("a copy of the program finds what lies beside it") {
  if (std::getenv("SONDA_TEST_PRINT_LOCATIONS") != nullptr) return print_locations();
  const ScratchFolder prefix;
  prefix.write("libexec/sonda/sonda-compile", "x");
  prefix.write("share/sonda/probes/a.c", "x");
  prefix.write("share/sonda/kernel/a.h", "x");
  const auto found = locations_of_copy(prefix.path() / "bin/program");
  SONDA_NEED(!found.empty(), "programs that run from the temporary folder");
  REQUIRE(found.size() == 4);
  CHECK(found[0] == "0");
  CHECK(found[1] == prefix.path() / "libexec/sonda/sonda-compile");
  CHECK(found[2] == prefix.path() / "share/sonda/probes");
  CHECK(found[3] == prefix.path() / "share/sonda/kernel");
}

TEST_CASE("SONDA_LIBEXEC names the worker's folder") {
  const ScratchFolder folder;
  const ScopedVariable variable("SONDA_LIBEXEC", folder.path().string());
  CHECK_THROWS_WITH(worker_program(), "compile: " + (folder.path() / "sonda-compile").string() +
                                          ": the compiler's worker is not there\nhint: install Sonda whole, or set "
                                          "SONDA_LIBEXEC to the folder that holds it");
  const auto worker = folder.write("sonda-compile", "x");
  CHECK(worker_program() == worker);
  if (::geteuid() != 0) return;
  REQUIRE(::chmod(worker.c_str(), 0777) == 0);
  CHECK_THROWS_WITH(worker_program(), test::Contains("everybody could write"));
}

TEST_CASE("the user's folders follow XDG and HOME") {
  const ScratchFolder home;
  const ScopedVariable variable("HOME", home.path().string());
  {
    const ScopedVariable config("XDG_CONFIG_HOME", std::nullopt), cache("XDG_CACHE_HOME", std::nullopt);
    CHECK(user_config() == home.path() / ".config/sonda");
    CHECK(user_cache() == home.path() / ".cache/sonda");
  }
  const ScopedVariable config("XDG_CONFIG_HOME", (home.path() / "c").string());
  const ScopedVariable cache("XDG_CACHE_HOME", "relative");
  CHECK(user_config() == home.path() / "c/sonda");
  CHECK(user_cache() == home.path() / ".cache/sonda");
}

TEST_CASE("without HOME there is no configuration, and a cache where the password file says") {
  const ScopedVariable home("HOME", std::nullopt), config("XDG_CONFIG_HOME", std::nullopt),
      cache("XDG_CACHE_HOME", std::nullopt);
  CHECK_FALSE(user_config());
  SONDA_NEED(::geteuid() == 0, "root, whose home is known");
  CHECK(user_cache() == fs::path("/root/.cache/sonda"));
}

TEST_CASE("root takes nothing from another user's home") {
  SONDA_NEED(::geteuid() == 0, "root, to make another user's folder");
  const ScratchFolder folder;
  const auto home = folder.path() / "home";
  fs::create_directory(home);
  REQUIRE(::chown(home.c_str(), 65534, 65534) == 0);
  const ScopedVariable sudo("SUDO_UID", "65534"), variable("HOME", home.string());
  {
    const ScopedVariable config("XDG_CONFIG_HOME", std::nullopt), cache("XDG_CACHE_HOME", std::nullopt);
    CHECK_FALSE(user_config());
    CHECK_FALSE(user_cache());
  }
  const ScopedVariable cache("XDG_CACHE_HOME", (home / "deeper/cache").string());
  CHECK_FALSE(user_cache());
}
