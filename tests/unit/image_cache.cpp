// The cache: what it keeps, whom it believes, and that it never stands in the way.
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "image/cache.h"
#include "image/content.h"
#include "support/catch.h"
#include "support/scratch.h"
#include "support/skip.h"
#include "unit/image_samples.h"

using namespace sonda;
using sonda::test::Contains;
namespace fs = std::filesystem;

namespace {

constexpr uid_t somebody_else = 65534;

struct Fixture {
  TemporaryFolder home;
  fs::path folder = home.path() / ".cache" / "sonda";
  std::vector<std::string> said;
  Trace trace = [this](std::string_view line) { said.emplace_back(line); };
  Image image = test::sample_image();

  std::optional<ImageCache> open() { return ImageCache::open(folder, trace); }
  fs::path file() const { return folder / "images" / (hash_name(image.key) + ".image"); }
  std::string last() const { return said.empty() ? "nothing" : said.back(); }

  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder / "images"), fs::directory_iterator()));
  }
  void write(const fs::path& path, std::string_view text) const { std::ofstream(path, std::ios::binary) << text; }
  // The cache file must be passed over for this reason, and be gone.
  void expect_refused(const ImageCache& cache, const std::string& reason) {
    CHECK_FALSE(cache.find(image.key));
    CHECK_THAT(last(), Contains(reason));
    CHECK_THAT(last(), Contains(file().string()));
    CHECK_FALSE(fs::exists(fs::symlink_status(file())));
  }
};

mode_t mode_of(const fs::path& path) {
  struct stat info{};
  REQUIRE(::lstat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

// A root user is somebody else for a while: permissions mean nothing to root.
struct AsOrdinaryUser {
  explicit AsOrdinaryUser(const fs::path& home) {
    if (::geteuid() != 0) return;
    REQUIRE(::chown(home.c_str(), somebody_else, static_cast<gid_t>(-1)) == 0);
    REQUIRE(::seteuid(somebody_else) == 0);
  }
  ~AsOrdinaryUser() {
    if (::getuid() == 0) static_cast<void>(::seteuid(0));
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "an image that was stored is found by its whole key") {
  const auto cache = open();
  REQUIRE(cache);
  CHECK_FALSE(cache->find(image.key));
  cache->store(image);
  const auto found = cache->find(image.key);
  REQUIRE(found);
  CHECK(serialize(*found) == serialize(image));
  auto other = image.key;
  other.kernel += " patched";
  CHECK_FALSE(cache->find(other));
  CHECK(said.empty());
  CHECK(files() == 1);
}

TEST_CASE_METHOD(Fixture, "the cache is private") {
  const auto before = ::umask(0);
  const auto cache = open();
  REQUIRE(cache);
  cache->store(image);
  ::umask(before);
  CHECK(mode_of(folder) == 0700);
  CHECK(mode_of(folder / "images") == 0700);
  CHECK(mode_of(file()) == 0600);

  fs::permissions(folder, fs::perms(0755));
  fs::permissions(folder / "images", fs::perms(0777));
  REQUIRE(open());
  CHECK(mode_of(folder) == 0700);
  CHECK(mode_of(folder / "images") == 0700);
}

TEST_CASE_METHOD(Fixture, "a folder that cannot be this user's alone is not used") {
  CHECK_FALSE(ImageCache::open(std::nullopt, trace));
  CHECK_THAT(last(), Contains("no image cache: there is no home folder"));
  CHECK_FALSE(ImageCache::open(home.path() / "no" / "such" / "home", trace));
  CHECK_THAT(last(), Contains("No such file"));
  CHECK_FALSE(fs::exists(home.path() / "no"));

  fs::create_directories(folder.parent_path());
  write(folder, "a file");
  CHECK_FALSE(open());
  CHECK_THAT(last(), Contains("not a folder"));
  fs::remove(folder);

  fs::create_directory(home.path() / "elsewhere");
  fs::create_directory_symlink(home.path() / "elsewhere", folder);
  CHECK_FALSE(open());
  CHECK_THAT(last(), Contains("symbolic link"));
  CHECK(fs::is_empty(home.path() / "elsewhere"));
  fs::remove(folder);

  fs::create_directory(folder);
  fs::create_directory_symlink(home.path() / "elsewhere", folder / "images");
  CHECK_FALSE(open());
  CHECK_THAT(last(), Contains("symbolic link"));
}

TEST_CASE_METHOD(Fixture, "a folder or file of somebody else is not used") {
  SONDA_NEED(::geteuid() == 0, "root, to give files away");
  const auto cache = open();
  REQUIRE(cache);
  cache->store(image);
  REQUIRE(::chown(file().c_str(), somebody_else, static_cast<gid_t>(-1)) == 0);
  expect_refused(*cache, "belongs to user 65534");
  REQUIRE(::chown(folder.c_str(), somebody_else, static_cast<gid_t>(-1)) == 0);
  CHECK_FALSE(open());
  CHECK_THAT(last(), Contains("belongs to user 65534"));
}

TEST_CASE_METHOD(Fixture, "a file that does not check is removed and can be stored again") {
  const auto cache = open();
  REQUIRE(cache);
  cache->store(image);
  const auto good = read_file(file(), Stage::cache);

  SECTION("empty") {
    write(file(), "");
    expect_refused(*cache, "cut short");
  }
  SECTION("cut") {
    write(file(), good.substr(0, good.size() / 2));
    expect_refused(*cache, "cut short");
  }
  SECTION("altered") {
    auto altered = good;
    altered[good.size() / 2] = static_cast<char>(altered[good.size() / 2] ^ 1);
    write(file(), altered);
    expect_refused(*cache, "altered");
  }
  SECTION("of a future version") {
    auto newer = good;
    newer[8] = static_cast<char>(image_format + 1);
    write(file(), newer);
    expect_refused(*cache, "newer");
  }
  SECTION("of something else under this name") {
    auto other = image;
    other.key.source += "// changed\n";
    replace_file(file(), serialize(other), Stage::cache);
    expect_refused(*cache, "something else");
  }
  SECTION("writable by others") {
    fs::permissions(file(), fs::perms(0602));
    expect_refused(*cache, "others can write");
  }
  SECTION("a symbolic link") {
    fs::rename(file(), home.path() / "target");
    fs::create_symlink(home.path() / "target", file());
    expect_refused(*cache, "symbolic link");
    CHECK(fs::exists(home.path() / "target"));
  }
  SECTION("a pipe") {
    fs::remove(file());
    REQUIRE(::mkfifo(file().c_str(), 0600) == 0);
    expect_refused(*cache, "not a regular file");
  }
  CHECK(said.size() == 1);
  cache->store(image);
  CHECK(cache->find(image.key));
  CHECK(said.size() == 1);
}

TEST_CASE_METHOD(Fixture, "a folder in the place of a file is left alone") {
  const auto cache = open();
  REQUIRE(cache);
  fs::create_directory(file());
  CHECK_FALSE(cache->find(image.key));
  CHECK_THAT(last(), Contains("is not used: it is not a regular file"));
  cache->store(image);
  CHECK_THAT(last(), Contains("the image is not kept"));
  CHECK(files() == 1);
}

TEST_CASE_METHOD(Fixture, "a read-only folder is only said") {
  const AsOrdinaryUser user(home.path());
  auto cache = open();
  REQUIRE(cache);
  fs::permissions(folder / "images", fs::perms(0500));
  cache->store(image);
  CHECK_THAT(last(), Contains("the image is not kept"));
  CHECK_THAT(last(), Contains("Permission denied"));
  CHECK(files() == 0);
  CHECK_FALSE(cache->find(image.key));

  folder = home.path() / "read-only" / "sonda";
  fs::create_directory(folder.parent_path());
  fs::permissions(folder.parent_path(), fs::perms(0500));
  CHECK_FALSE(open());
  CHECK_THAT(last(), Contains("Permission denied"));
}

TEST_CASE_METHOD(Fixture, "a file that cannot be written whole is not kept") {
  const auto cache = open();
  REQUIRE(cache);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = 100, .rlim_max = before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  cache->store(image);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, handler);
  CHECK_THAT(last(), Contains("the image is not kept"));
  CHECK(files() == 0);
}

TEST_CASE_METHOD(Fixture, "a cache needs no listener") {
  trace = {};
  CHECK_FALSE(ImageCache::open(std::nullopt, trace));
  const auto cache = open();
  REQUIRE(cache);
  write(file(), "nonsense");
  CHECK_FALSE(cache->find(image.key));
}

TEST_CASE_METHOD(Fixture, "the number of files is bounded, the ones unused for longest go") {
  const auto cache = open();
  REQUIRE(cache);
  const auto key_number = [&](std::size_t i) {
    auto key = image.key;
    key.source = std::to_string(i);
    return key;
  };
  const auto now = fs::file_time_type::clock::now();
  for (std::size_t i = 0; i < ImageCache::most_files; ++i) {
    image.key = key_number(i);
    cache->store(image);
    fs::last_write_time(file(), now - std::chrono::hours(1000 - static_cast<int>(i)));
  }
  CHECK(files() == ImageCache::most_files);
  CHECK(cache->find(key_number(0)));
  image.key = key_number(ImageCache::most_files);
  cache->store(image);
  CHECK(files() == ImageCache::most_files);
  CHECK(cache->find(key_number(0)));
  CHECK_FALSE(cache->find(key_number(1)));
  CHECK(cache->find(key_number(2)));
  CHECK(cache->find(image.key));
  CHECK(said.empty());
}

TEST_CASE_METHOD(Fixture, "the bytes in all are bounded") {
  const auto cache = open();
  REQUIRE(cache);
  std::vector<ImageKey> keys;
  for (const char letter : {'a', 'b', 'c'}) {
    image.key.source.assign(ImageCache::most_bytes * 2 / 5, letter);
    cache->store(image);
    fs::last_write_time(file(), fs::file_time_type::clock::now() - std::chrono::hours('d' - letter));
    keys.push_back(image.key);
  }
  CHECK(files() == 2);
  CHECK_FALSE(cache->find(keys[0]));
  CHECK(cache->find(keys[2]));

  image.key.source.assign(ImageCache::most_bytes, 'x');
  cache->store(image);
  CHECK_THAT(last(), Contains("larger than the whole cache"));
  CHECK(files() == 2);
}

TEST_CASE_METHOD(Fixture, "many processes use one cache at once") {
  constexpr int processes = 16, rounds = 40;
  const int succeeded = test::succeed_at_once(processes, [&](int number) {
    bool good = true;
    const auto cache = open();
    for (int round = 0; cache && round < rounds; ++round) {
      image.key.source = std::to_string((number + round) % 5);
      cache->store(image);
      const auto found = cache->find(image.key);
      good = good && found && serialize(*found) == serialize(image);
    }
    return cache && good && said.empty();
  });
  CHECK(succeeded == processes);
  CHECK(files() == 5);
}
