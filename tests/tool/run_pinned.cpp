// Maps that are pinned: found again by the next run, opened without a size, refused where they are others.
#include "support/bpf_folder.h"
#include "support/catch.h"
#include "support/skip.h"
#include "tool/run_support.h"

namespace sonda::test {
namespace {

std::string pinned_counter(const std::string& value = "u64", const std::string& entries = "1") {
  return "BPF_ARRAY(counts, " + value + ", " + entries + ");\n// @map counts pinned\n" +
         attached(first_of_calls(), "int count(void *ctx) { counts.increment(0); return 0; }\n");
}

ToolEnd run_inside(const PrivateMounts& mounts, const std::vector<std::string>& arguments) {
  StartedTool tool("sonda", arguments, {.environment = {}, .mounts = &mounts, .output = {}});
  return tool.wait();
}

}  // namespace

TEST_CASE("a pinned map is found again by the next run, with what is in it") {
  SONDA_NEED_BPF();
  SONDA_NEED(PrivateMounts::possible(), "CAP_SYS_ADMIN");
  const BpfFolder bpffs;
  const auto& mounts = bpffs.mounts();
  const Probes probes;
  const auto folder = bpffs.path() / "pins";
  const auto path = probes.write("p.c", pinned_counter());
  const std::vector<std::string> run{"run", "--json", "--pin", folder.string(), path};
  CHECK(value_in(run_inside(mounts, with_calls(run, 10)), "counts", 0) == 10);
  CHECK(std::filesystem::exists(mounts.outside(folder / "counts")));
  const auto again = run_inside(mounts, with_calls(run, 7));
  CAPTURE(again.err);
  CHECK(value_in(again, "counts", 0) == 17);

  probes.write("p.c", pinned_counter("u64", "2"));
  const auto larger = run_inside(mounts, with_calls(run, 1));
  CHECK(larger.status == 1);
  CHECK(contains(larger.err, "counts: the pinned map of this name has another layout"));
  CHECK(contains(larger.err, "this one: array of 2: int -> u64"));
  CHECK(contains(larger.err, "the other: array of 1: int -> u64"));
  probes.write("p.c", pinned_counter("long"));
  CHECK(contains(run_inside(mounts, with_calls(run, 1)).err, "this one: array of 1: int -> long"));

  // `check` looks at it, and pins nothing.
  const auto other = probes.write("other.c", pinned_counter());
  CHECK(run_inside(mounts, {"check", other}).status == 0);
  std::filesystem::remove(mounts.outside(folder / "counts"));
  CHECK(value_in(run_inside(mounts, with_calls({"run", "--json", "--pin", folder.string(), other}, 3)), "counts", 0) ==
        3);
}

TEST_CASE("BPF_TABLE_PINNED pins where it says") {
  SONDA_NEED_BPF();
  SONDA_NEED(PrivateMounts::possible(), "CAP_SYS_ADMIN");
  const BpfFolder bpffs;
  const auto& mounts = bpffs.mounts();
  const Probes probes;
  const auto pin = bpffs.path() / "deep" / "ids";
  const auto path = probes.write(
      "p.c", "BPF_TABLE_PINNED(\"hash\", u32, u64, ids, 16, \"" + pin.string() + "\");\n" +
                 attached(first_of_calls(), "int f(void *ctx) { u32 id = 3; ids.increment(id); return 0; }\n"));
  REQUIRE(run_inside(mounts, {"check", path}).status == 0);
  CHECK_FALSE(std::filesystem::exists(mounts.outside(pin)));
  CHECK(value_in(run_inside(mounts, with_calls({"run", "--json", path}, 4)), "ids", 3) == 4);
  CHECK(std::filesystem::exists(mounts.outside(pin)));
  CHECK(value_in(run_inside(mounts, with_calls({"run", "--json", path}, 4)), "ids", 3) == 8);
}

TEST_CASE("without a BPF file system pinning says what to mount") {
  SONDA_NEED_BPF();
  const Probes probes;
  const auto folder = probes.path() / "pins";
  const auto end =
      sonda_program(with_calls({"run", "--pin", folder.string(), probes.write("p.c", pinned_counter())}, 1));
  CHECK(end.status == 1);
  CHECK(contains(end.err, folder.string() + ": maps can be pinned in a BPF file system only, and this is in none"));
  CHECK(contains(end.err, "mount -t bpf bpf /sys/fs/bpf"));
  CHECK_FALSE(std::filesystem::exists(folder));
}

TEST_CASE("a pinned table of size 0 is the one that is pinned there") {
  SONDA_NEED_BPF();
  SONDA_NEED(PrivateMounts::possible(), "CAP_SYS_ADMIN");
  const BpfFolder bpffs;
  const auto& mounts = bpffs.mounts();
  const Probes probes;
  const auto pin = (bpffs.path() / "ids").string();
  const auto probe = [&](const std::string& name, const std::string& what) {
    return probes.write(name, "BPF_TABLE_PINNED(" + what + ", \"" + pin + "\");\n" +
                                  attached(first_of_calls(),
                                           "int f(void *ctx) {\n  u32 id = 3;\n"
                                           "  if (ids.lookup(&id)) ids.increment(id);\n"
                                           "  else { u64 one = 1; ids.update(&id, &one); }\n"
                                           "  return 0;\n}\n"));
  };
  const auto sized = probe("sized.c", "\"hash\", u32, u64, ids, 16");
  const auto open = probe("open.c", "\"hash\", u32, u64, ids, 0");

  for (const auto* command : {"run", "check"}) {
    const auto missing = run_inside(mounts, {command, open});
    CHECK(missing.status == 1);
    CHECK(contains(missing.err, "load: ids: its size is 0, which opens the map that is pinned at " + pin +
                                    ", and nothing is pinned there"));
  }
  CHECK_FALSE(std::filesystem::exists(mounts.outside(pin)));
  REQUIRE(value_in(run_inside(mounts, with_calls({"run", "--json", sized}, 4)), "ids", 3) == 4);
  CHECK(value_in(run_inside(mounts, with_calls({"run", "--json", open}, 5)), "ids", 3) == 9);
  CHECK(run_inside(mounts, {"check", open}).status == 0);
  const auto listed = run_inside(mounts, {"shell", "--json", open, "-e", "list maps"});
  REQUIRE(objects(listed, "map").size() == 1);
  CHECK(objects(listed, "map")[0].at("max_entries") == 16);

  const auto other = [&](const std::string& what) {
    const auto end = run_inside(mounts, with_calls({"run", probe("other.c", what)}, 1));
    CHECK(end.status == 1);
    CHECK(contains(end.err, "ids: the pinned map of this name has another layout"));
    CHECK(contains(end.err, "the other: hash of 16: u32 -> u64"));
    return end.err;
  };
  CHECK(contains(other("\"hash\", u32, u32, ids, 0"), "this one: hash of any size: u32 -> u32"));
  CHECK(contains(other("\"lru_hash\", u32, u64, ids, 0"), "this one: lru_hash of any size: u32 -> u64"));
  CHECK(contains(other("\"hash\", u64, u64, ids, 0"), "this one: hash of any size: u64 -> u64"));
}

TEST_CASE("what an included file pins is pinned, and opened, by the run") {
  SONDA_NEED_BPF();
  SONDA_NEED(PrivateMounts::possible(), "CAP_SYS_ADMIN");
  const BpfFolder bpffs;
  const auto& mounts = bpffs.mounts();
  const Probes probes;
  const auto pin = (bpffs.path() / "ids").string();
  const auto declare = [&](const std::string& size) {
    probes.write("ids.h", "BPF_TABLE_PINNED(\"hash\", u32, u64, ids, " + size + ", \"" + pin + "\");\n");
  };
  const auto path = probes.write(
      "p.c", "#include \"ids.h\"\n" +
                 attached(first_of_calls(), "int f(void *ctx) { u32 id = 3; ids.increment(id); return 0; }\n"));
  declare("0");
  CHECK(contains(run_inside(mounts, {"check", path}).err, "nothing is pinned there"));
  declare("16");
  CHECK(value_in(run_inside(mounts, with_calls({"run", "--json", path}, 4)), "ids", 3) == 4);
  declare("0");
  CHECK(value_in(run_inside(mounts, with_calls({"run", "--json", path}, 4)), "ids", 3) == 8);
}

TEST_CASE("storage of sockets is opened where it is pinned") {
  SONDA_NEED_BPF();
  SONDA_NEED(PrivateMounts::possible(), "CAP_SYS_ADMIN");
  const BpfFolder bpffs;
  const auto& mounts = bpffs.mounts();
  const Probes probes;
  const auto pin = (bpffs.path() / "sockets").string();
  const auto probe = [&](const std::string& name, const std::string& flags) {
    return probes.write(name, "BPF_TABLE_PINNED(\"sk_storage\", int, u64, sockets, 0, \"" + pin + "\"" + flags +
                                  ");\n" + attached("interval:s:60", "int f(void *ctx) { return 0; }\n"));
  };
  const auto makes = probe("makes.c", ", BPF_F_NO_PREALLOC"), opens = probe("opens.c", "");
  CHECK(contains(run_inside(mounts, {"run", "-d", "0", opens}).err, "and nothing is pinned there"));
  CHECK(run_inside(mounts, {"run", "-d", "0", makes}).status == 0);
  CHECK(std::filesystem::exists(mounts.outside(pin)));
  CHECK(run_inside(mounts, {"run", "-d", "0", opens}).status == 0);
}

}  // namespace sonda::test
