// The C file that a script hands over by its text alone.
#include "bcc/source_file.h"

#include "support/catch.h"
#include "support/scratch.h"

using sonda::bcc::source_file_of;
using Lines = std::vector<std::uint32_t>;

TEST_CASE("a C file that a script or the command line names is found by its text", "[bcc]") {
  const sonda::test::ScratchFolder folder;
  const auto script = folder.path() / "x.py";
  const std::string text = "int f() {\n  return 0;\n}\n";
  folder.write("probe.c", text);

  SECTION("named in the script, with quotes of both kinds") {
    for (const auto* name : {"b = BPF(src_file=\"probe.c\")\n", "b = BPF(src_file='probe.c')\n"}) {
      const auto found = source_file_of(text, script, name, {});
      REQUIRE(found);
      CHECK(found->path == folder.path() / "probe.c");
      CHECK(found->lines.empty());
    }
  }
  SECTION("named on the command line, with something before it") {
    const auto found = source_file_of("int before;\nint more;\n" + text, script, "", {"x", folder.path() / "probe.c"});
    REQUIRE(found);
    CHECK(found->lines == Lines{1, 1, 1, 2, 3, 4});
  }
  SECTION("one that has other text, or is not named") {
    CHECK_FALSE(source_file_of("int g() {}\n", script, "\"probe.c\"", {}));
    CHECK_FALSE(source_file_of(text, script, "\"other.c\" 'none.c' \"\nprobe.c\"", {"probe.cc"}));
  }
}
