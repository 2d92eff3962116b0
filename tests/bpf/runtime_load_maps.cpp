// An image's maps in the kernel.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <atomic>

#include "bpf/hand_made.h"
#include "sonda/loaded_image.h"
#include "sonda/map.h"
#include "support/catch.h"
#include "support/skip.h"

namespace {

using namespace sonda;
using sonda::test::Contains;
using test::map;

bpf_map_info info_of(const Map& made) {
  bpf_map_info info{};
  __u32 size = sizeof info;
  REQUIRE(bpf_obj_get_info_by_fd(made.fd(), &info, &size) == 0);
  return info;
}

Error error_of(MapSpec spec) {
  try {
    LoadedImage loaded(test::image({}, {std::move(spec)}));
  } catch (const Error& error) {
    return error;
  }
  FAIL("the map was created");
  throw 0;
}

std::atomic<int> printed{0};
int count_lines(libbpf_print_level, const char*, va_list) { return ++printed; }

}  // namespace

TEST_CASE("maps of every common type are created with the figures of the image") {
  SONDA_NEED_BPF();
  const std::vector<MapSpec> specs{map("a_hash", BPF_MAP_TYPE_HASH, 16, 8, 1000),
                                   map("an_array", BPF_MAP_TYPE_ARRAY, 4, 64, 7),
                                   map("a_percpu_hash", BPF_MAP_TYPE_PERCPU_HASH, 4, 8, 10),
                                   map("a_percpu_array", BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 3),
                                   map("an_lru", BPF_MAP_TYPE_LRU_HASH, 8, 8, 64),
                                   map("stacks", BPF_MAP_TYPE_STACK_TRACE, 4, 127 * 8, 64),
                                   map("a_queue", BPF_MAP_TYPE_QUEUE, 0, 8, 4),
                                   map("programs", BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 2)};
  LoadedImage loaded(test::image({}, specs));
  REQUIRE(loaded.maps().size() == specs.size());
  for (const auto& spec : specs) {
    INFO(spec.name);
    const auto info = info_of(loaded.map(spec.name));
    CHECK(info.type == spec.type);
    CHECK(info.key_size == spec.key_size);
    CHECK(info.value_size == spec.value_size);
    CHECK(info.max_entries == spec.max_entries);
    CHECK(std::string(info.name) == spec.name);
  }
}

TEST_CASE("flags and type information reach the kernel") {
  SONDA_NEED_BPF();
  auto spec = map("counts", BPF_MAP_TYPE_HASH, 4, 8, 16);
  spec.flags = BPF_F_NO_PREALLOC;
  auto image = test::image({test::nothing()}, {spec});
  test::describe(image);
  const LoadedImage loaded(image);
  const auto info = info_of(loaded.map("counts"));
  CHECK(info.map_flags == BPF_F_NO_PREALLOC);
  CHECK(info.btf_key_type_id == image.maps[0].btf_key_type);
  CHECK(info.btf_value_type_id == image.maps[0].btf_value_type);
  CHECK(info.btf_key_type_id != 0);
}

TEST_CASE("a map whose type information the kernel refuses is created without") {
  SONDA_NEED_BPF();
  auto image = test::image({test::nothing()}, {map("counts", BPF_MAP_TYPE_HASH, 4, 8, 16)});
  test::describe(image);
  SECTION("the types do not fit the sizes") { image.maps[0].value_size = 24; }
  SECTION("there are no such types") { image.maps[0].btf_key_type = 4711; }
  SECTION("the BTF is not BTF") { image.btf.assign(100, std::byte{0x55}); }
  SECTION("the map's type takes none") { image.maps[0].type = BPF_MAP_TYPE_CGROUP_ARRAY, image.maps[0].value_size = 4; }
  const LoadedImage loaded(image);
  CHECK(info_of(loaded.map("counts")).btf_value_type_id == 0);
}

TEST_CASE("a map that cannot do without type information says so") {
  SONDA_NEED_BPF();
  auto spec = map("per_task", BPF_MAP_TYPE_TASK_STORAGE, 4, 8, 0);
  spec.flags = BPF_F_NO_PREALLOC;
  const auto error = error_of(spec);
  CHECK(error.subject() == "per_task");
  CHECK_THAT(error.cause(), Contains("type information"));
}

TEST_CASE("names are cut and cleaned for the kernel, and kept here") {
  SONDA_NEED_BPF();
  const LoadedImage loaded(test::image({}, {map("a name-that is much too long", BPF_MAP_TYPE_ARRAY, 4, 8, 1)}));
  CHECK(std::string(info_of(loaded.map("a name-that is much too long")).name) == "a_name_that_is_");
}

TEST_CASE("a perf event array without a size has an entry for each possible CPU") {
  SONDA_NEED_BPF();
  const LoadedImage loaded(test::image({}, {map("events", BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 0)}));
  const auto& events = loaded.map("events");
  CHECK(events.spec().max_entries == static_cast<std::uint32_t>(libbpf_num_possible_cpus()));
  CHECK(info_of(events).max_entries == events.spec().max_entries);
}

TEST_CASE("a ring buffer needs a size that the kernel can map") {
  SONDA_NEED_BPF();
  const auto page = static_cast<std::uint32_t>(::sysconf(_SC_PAGESIZE));
  CHECK_NOTHROW(LoadedImage(test::image({}, {map("events", BPF_MAP_TYPE_RINGBUF, 4, 8, 2 * page)})));
  const auto [size, next] = GENERATE_COPY(table<std::uint32_t, std::uint32_t>(
      {{0, page}, {1, page}, {page / 2, page}, {page + 1, 2 * page}, {3 * page, 4 * page}, {0xffffffff, 1U << 31}}));
  const auto error = error_of(map("events", BPF_MAP_TYPE_RINGBUF, 0, 0, size));
  CHECK(error.stage() == Stage::load);
  CHECK(error.subject() == "events");
  CHECK_THAT(error.cause(), Contains(std::to_string(size)) && Contains("power of two"));
  CHECK_THAT(error.hint(), Contains(std::to_string(next)));
}

TEST_CASE("a map of maps looks like the map it names, wherever that stands") {
  SONDA_NEED_BPF();
  auto outer = map("outer", BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 2);
  outer.inner = "inner";
  const LoadedImage loaded(test::image({}, {outer, map("inner", BPF_MAP_TYPE_HASH, 4, 8, 16)}));
  const __u32 key = 0;
  const int inner = loaded.map("inner").fd();
  CHECK(bpf_map_update_elem(loaded.map("outer").fd(), &key, &inner, BPF_ANY) == 0);
  const LoadedImage others(test::image({}, {map("other", BPF_MAP_TYPE_HASH, 8, 8, 16)}));
  const int other = others.map("other").fd();
  CHECK(bpf_map_update_elem(loaded.map("outer").fd(), &key, &other, BPF_ANY) != 0);
}

TEST_CASE("a map of maps without a usable inner map is refused by name") {
  SONDA_NEED_BPF();
  auto outer = map("outer", BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 2);
  CHECK_THAT(error_of(outer).cause(), Contains("must name"));
  outer.inner = "nowhere";
  CHECK_THAT(error_of(outer).cause(), Contains("'nowhere'"));
  outer.inner = "outer";
  CHECK(error_of(outer).subject() == "outer");
}

TEST_CASE("what the kernel refuses is told with the map's name and figures") {
  SONDA_NEED_BPF();
  SECTION("no entries") {
    const auto error = error_of(map("empty", BPF_MAP_TYPE_HASH, 4, 8, 0));
    CHECK(error.stage() == Stage::load);
    CHECK(error.subject() == "empty");
    CHECK_THAT(error.cause(), Contains("hash, key 4 bytes, value 8 bytes, 0 entries"));
    CHECK_THAT(error.hint(), Contains("at least one"));
    CHECK(error.exit() == Exit::failure);
  }
  SECTION("a key as large as a house") {
    CHECK_THAT(error_of(map("wide", BPF_MAP_TYPE_HASH, 8U << 20, 8, 1)).cause(),
               Contains("larger than the kernel allows"));
  }
  SECTION("more memory than there is") {
    const auto error = error_of(map("huge", BPF_MAP_TYPE_ARRAY, 4, 1U << 20, 1U << 26));
    CHECK_THAT(error.cause(), Contains("no memory") || Contains("larger than"));
    CHECK_THAT(error.hint(), Contains("fewer entries"));
  }
  SECTION("an array whose index is no u32") {
    CHECK_THAT(error_of(map("odd", BPF_MAP_TYPE_ARRAY, 8, 8, 1)).cause(), Contains("array, key 8 bytes"));
  }
  SECTION("a type that the kernel does not have") {
    const auto type = GENERATE(60U, 64U, 9999U, 0xffffffffU);
    const auto error = error_of(map("new", type, 4, 8, 1));
    CHECK_THAT(error.cause(), Contains("type " + std::to_string(type)));
    CHECK(error.exit() == Exit::cannot_run);
  }
}

TEST_CASE("a map that is not there lists those that are") {
  SONDA_NEED_BPF();
  const LoadedImage loaded(
      test::image({}, {map("one", BPF_MAP_TYPE_ARRAY, 4, 8, 1), map("two", BPF_MAP_TYPE_ARRAY, 4, 8, 1)}));
  CHECK_THROWS_WITH(loaded.map("three"), Contains("three") && Contains("one, two"));
  CHECK_THROWS_WITH(LoadedImage(test::image({})).map("three"), Contains("no maps"));
}

TEST_CASE("without privilege the capability is named") {
  SONDA_NEED_BPF();
  CHECK(test::refused_without_privilege(
      [] { LoadedImage loaded(test::image({}, {map("x", BPF_MAP_TYPE_HASH, 4, 8, 1)})); }));
  CHECK(test::refused_without_privilege(
      [] { LoadedImage(test::image({test::nothing()})).program("nothing", BPF_PROG_TYPE_KPROBE); }));
}

TEST_CASE("libbpf is silent while an image loads, and as before afterwards") {
  SONDA_NEED_BPF();
  const auto before = libbpf_set_print(count_lines);
  printed = 0;
  CHECK_THROWS(LoadedImage(test::image({}, {map("odd", BPF_MAP_TYPE_ARRAY, 8, 8, 1)})));
  CHECK(printed == 0);
  CHECK(libbpf_set_print(before) == count_lines);
}
