// The cache of generated headers: found by the whole key, believed only when it checks.
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "headers/header_cache.h"
#include "support/catch.h"
#include "support/scratch.h"
#include "support/skip.h"

using namespace sonda;
using sonda::test::Contains;
namespace fs = std::filesystem;

namespace {

constexpr uid_t somebody_else = 65534;

struct Fixture {
  TemporaryFolder home;
  fs::path folder = home.path() / ".cache" / "sonda";
  std::vector<std::string> said;
  MadeHeader header{.text = "struct a { int b; };\n", .options = {"CONFIG_SMP", "CONFIG_X"}, .types = 2};

  std::optional<HeaderCache> open() {
    return HeaderCache::open(folder, [this](std::string_view line) { said.emplace_back(line); });
  }
  std::vector<fs::path> files() const { return {fs::directory_iterator(folder / "headers"), fs::directory_iterator()}; }
};

std::span<const std::byte> key_of(std::string_view text) { return std::as_bytes(std::span(text)); }

}  // namespace

TEST_CASE_METHOD(Fixture, "a header that was stored is found by its whole key") {
  const auto cache = open();
  REQUIRE(cache);
  CHECK_FALSE(cache->find(key_of("kernel names")));
  cache->store(key_of("kernel names"), header);
  CHECK(cache->find(key_of("kernel names")) == header);
  CHECK_FALSE(cache->find(key_of("other kernel names")));
  CHECK_FALSE(cache->find(key_of("kernel name")));
  CHECK_FALSE(cache->find({}));
  CHECK(said.empty());
}

TEST_CASE("without a cache folder there is no cache of headers, and no word of it") {
  std::string said;
  CHECK_FALSE(HeaderCache::open(std::nullopt, [&](std::string_view line) { said = line; }));
  CHECK(said.empty());
}

TEST_CASE_METHOD(Fixture, "a header that does not check is removed and can be stored again") {
  const auto cache = open();
  REQUIRE(cache);
  const auto key = key_of("kernel names");
  cache->store(key, header);
  const auto file = files().at(0);
  const auto good = read_file(file, Stage::cache);
  const auto write = [&](std::string_view text) { std::ofstream(file, std::ios::binary) << text; };
  std::string reason;

  SECTION("cut anywhere") {
    for (std::size_t size = 0; size < good.size(); ++size) {
      write(std::string_view(good).substr(0, size));
      REQUIRE_FALSE(cache->find(key));
      REQUIRE_FALSE(fs::exists(file));
    }
    write("");
    reason = "cut short";
  }
  SECTION("altered anywhere") {
    for (std::size_t at = 0; at < good.size(); ++at) {
      auto altered = good;
      altered[at] = static_cast<char>(altered[at] ^ 1);
      write(altered);
      REQUIRE_FALSE(cache->find(key));
      REQUIRE_FALSE(fs::exists(file));
    }
    auto altered = good;
    altered[altered.size() / 2] = static_cast<char>(altered[altered.size() / 2] ^ 1);
    write(altered);
    reason = "altered";
  }
  SECTION("of something else under this name") {
    cache->store(key_of("other"), header);
    for (const auto& stored : files())
      if (stored != file) fs::rename(stored, file);
    reason = "something else";
  }
  SECTION("writable by others") {
    fs::permissions(file, fs::perms(0602));
    reason = "others can write";
  }
  SECTION("a symbolic link") {
    fs::rename(file, home.path() / "target");
    fs::create_symlink(home.path() / "target", file);
    reason = "symbolic link";
  }
  said.clear();
  CHECK_FALSE(cache->find(key));
  REQUIRE(said.size() == 1);
  CHECK_THAT(said[0], Contains(reason) && Contains("cached header " + file.string() + " is not used and was removed"));
  cache->store(key, header);
  CHECK(cache->find(key) == header);
  CHECK(said.size() == 1);
}

TEST_CASE_METHOD(Fixture, "a header or a folder of somebody else is not used") {
  SONDA_NEED(::geteuid() == 0, "root, to give files away");
  const auto cache = open();
  REQUIRE(cache);
  cache->store(key_of("key"), header);
  REQUIRE(::chown(files().at(0).c_str(), somebody_else, static_cast<gid_t>(-1)) == 0);
  CHECK_FALSE(cache->find(key_of("key")));
  CHECK_THAT(said.back(), Contains("belongs to user 65534"));
  cache->store(key_of("key"), header);
  CHECK(cache->find(key_of("key")) == header);
  REQUIRE(::chown((folder / "headers").c_str(), somebody_else, static_cast<gid_t>(-1)) == 0);
  CHECK_FALSE(open());
  CHECK_THAT(said.back(), Contains("no header cache") && Contains("belongs to user 65534"));
}

TEST_CASE_METHOD(Fixture, "the number of headers is bounded") {
  const auto cache = open();
  REQUIRE(cache);
  for (std::size_t i = 0; i < HeaderCache::most_files + 3; ++i) cache->store(key_of(std::to_string(i)), header);
  CHECK(files().size() == HeaderCache::most_files);
  CHECK(said.empty());
}

TEST_CASE_METHOD(Fixture, "many processes use one cache of headers at once") {
  constexpr int processes = 16, rounds = 40;
  const int succeeded = test::succeed_at_once(processes, [&](int number) {
    bool good = true;
    const auto cache = open();
    for (int round = 0; cache && round < rounds; ++round) {
      const auto key = std::to_string((number + round) % 5);
      header.text = "header of " + key;
      cache->store(key_of(key), header);
      good = good && cache->find(key_of(key)) == header;
    }
    return cache && good && said.empty();
  });
  CHECK(succeeded == processes);
  CHECK(files().size() == 5);
}
