// Functions of the kernel, as /proc/kallsyms names them.
#include "attach/kernel_functions.h"
#include "support/catch.h"

using namespace sonda;

TEST_CASE("functions are read from the lines of kallsyms that are whole") {
  const auto functions = functions_in(
      "ffffffff81000000 T one\nffffffff81000010 D data\n0 t two\tof_module\t[module]\n T three\nxyz T four\n5 W\n6 W "
      "f");
  REQUIRE(functions.size() == 3);
  CHECK(functions[0].name == "one");
  CHECK(functions[0].address == 0xffffffff81000000);
  CHECK(functions[1].name == "two");
  CHECK(functions[1].address == 0);
  CHECK(functions[2].name == "f");
}
