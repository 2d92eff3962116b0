// sonda top without a screen: snapshots as text, JSON and CSV.
#include <thread>

#include "bpf/inspect_support.h"
#include "sonda/table.h"
#include "support/catch.h"
#include "support/scratch.h"
#include "support/skip.h"
#include "tool/run_support.h"

using namespace sonda;
using namespace sonda::test;
using sonda::test::Contains;
using sonda::test::StartsWith;

namespace {

/// A program and a map that nobody else has, kept in the kernel.
class OwnProgram {
 public:
  OwnProgram() : loaded_(with_types()) { loaded_.program(name(), BPF_PROG_TYPE_SOCKET_FILTER); }
  /// Other tests show theirs at the same time.
  static std::string name() { return "sonda_top_tested_" + std::to_string(::getpid()); }
  int fd() const { return loaded_.programs()[0]->fd(); }
  std::uint32_t id() const { return program_id(fd()); }
  std::uint32_t map() const { return map_id(loaded_.maps()[0]->fd()); }
  int map_fd() const { return loaded_.maps()[0]->fd(); }

 private:
  static Image with_types() {
    auto made = image({count(true)}, {test::map("sonda_top_map", BPF_MAP_TYPE_HASH, 4, 8, 100)});
    made.programs[0].name = name();
    describe(made);
    return made;
  }
  LoadedImage loaded_;
};

nlohmann::json with_number(const std::vector<nlohmann::json>& objects, std::uint32_t id) {
  for (const auto& object : objects)
    if (object["id"] == id) return object;
  FAIL("there is no object " << id);
  return {};
}

}  // namespace

TEST_CASE("a snapshot in JSON has every program, map and link, and the runs of the interval") {
  SONDA_NEED_BPF();
  const OwnProgram own;
  set_entry(own.map_fd(), 5, 50);
  StartedTool tool("sonda", {"top", "--json", "-n", "1", "-i", "0.5"}, {});
  REQUIRE(tool.ready());
  run_program(own.fd(), 1234);
  const auto end = tool.wait();
  CHECK(end.status == 0);
  CHECK(end.err.empty());
  const auto samples = objects(end, "sample");
  REQUIRE(samples.size() == 1);
  CHECK(samples[0]["measured"] == true);
  CHECK(samples[0]["seconds"].get<double>() >= 0.5);
  CHECK(samples[0]["programs"] == objects(end, "program").size());
  CHECK(samples[0]["maps"] == objects(end, "map").size());
  const auto program = with_number(objects(end, "program"), own.id());
  CHECK(program["name"] == OwnProgram::name());
  CHECK(program["runs"] == 1234);
  CHECK(program["program_type"] == "socket_filter");
  CHECK(program["maps"] == std::vector<std::uint32_t>{own.map()});
  CHECK(program["holders"][0]["pid"] == ::getpid());
  const auto map = with_number(objects(end, "map"), own.map());
  CHECK(map["used"] == 1);
  CHECK(map["certainty"] == "exact");
  CHECK(map["max_entries"] == 100);
  CHECK(map["programs"] == std::vector<std::uint32_t>{own.id()});
}

TEST_CASE("statistics are off again when it has ended") {
  SONDA_NEED_BPF();
  const OwnProgram own;
  sonda_program({"top", "--once", "-i", "0.1"});
  run_program(own.fd(), 10);
  bpf_prog_info info{};
  __u32 size = sizeof info;
  REQUIRE(::bpf_obj_get_info_by_fd(own.fd(), &info, &size) == 0);
  SONDA_NEED(info.run_cnt == 0, "a machine on which nobody else measures BPF programs");
}

TEST_CASE("the entries of a map are shown with their rates") {
  SONDA_NEED_BPF();
  const OwnProgram own;
  set_entry(own.map_fd(), 5, 50);
  set_entry(own.map_fd(), 6, 1);
  StartedTool tool("sonda", {"top", "--json", "--map", std::to_string(own.map()), "-n", "1", "-i", "0.5"}, {});
  REQUIRE(tool.ready());
  set_entry(own.map_fd(), 5, 550);
  const auto end = tool.wait();
  CHECK(end.status == 0);
  const auto entries = objects(end, "entry");
  REQUIRE(entries.size() == 2);
  CHECK(entries[0]["key"] == 5);
  CHECK(entries[0]["value"] == 550);
  CHECK(entries[0]["per_second"].get<double>() > 0);
  CHECK(entries[0]["per_second"].get<double>() <= 1000);
  CHECK(entries[1]["per_second"] == 0);
}

TEST_CASE("text and CSV have a line for each program that the filter lets through") {
  SONDA_NEED_BPF();
  const OwnProgram own;
  const std::vector<std::string> filtered{"top", "--once", "-i", "0.1", "--filter", OwnProgram::name()};
  const auto text = sonda_program(filtered);
  CHECK(text.status == 0);
  CHECK_THAT(text.out, Contains("programs") && Contains("ATTACHED TO") && Contains(OwnProgram::name()));
  CHECK(std::ranges::count(text.out, '\n') == 3);
  auto arguments = filtered;
  arguments.insert(arguments.end(), {"--csv", "-n", "2"});
  arguments.erase(arguments.begin() + 1);
  const auto csv = sonda_program(arguments);
  CHECK_THAT(csv.out, StartsWith("snapshot,id,name,program_type,tag,runs,"));
  CHECK(std::ranges::count(csv.out, '\n') == 3);
  CHECK_THAT(csv.out, Contains("\r\n2," + std::to_string(own.id()) + "," + OwnProgram::name() + ","));
}

TEST_CASE("wrong options are refused, each with its reason") {
  SONDA_NEED_BPF();
  const auto refused = [](std::vector<std::string> arguments, const std::string& reason) {
    arguments.insert(arguments.begin(), "top");
    const auto end = sonda_program(arguments);
    CHECK(end.status == 2);
    CHECK(end.out.empty());
    CHECK_THAT(end.err, Contains(reason));
  };
  refused({"--once", "--sort", "COLOUR"}, "there are: ID, NAME");
  refused({"--once", "--map", "no such map"}, "there is no such map");
  refused({"-i", "0"}, "longer than 0");
  refused({"--maps", "--map", "1"}, "--map is given, too");
  refused({"-n", "0"}, "--count");
}

TEST_CASE("without privilege it ends with 77 and one line") {
  SONDA_NEED(::geteuid() == 0, "root, to give it up");
  const auto status = exit_of_child([] {
    if (::setresuid(65534, 65534, 65534) != 0) return 3;
    const auto help = sonda_program({"top", "--help"});
    const auto refused = sonda_program({"top", "--once"});
    const bool one_line = std::ranges::count(refused.err, '\n') == 1;
    return help.status == 0 && refused.status == 77 && one_line && contains(refused.err, "CAP_SYS_ADMIN") ? 0 : 1;
  });
  CHECK(status == 0);
}
