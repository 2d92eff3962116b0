// Macros that are found in headers, and the kernel's configuration.

#include "headers/macros.h"
#include "kernel/kernel_config.h"
#include "support/catch.h"

using namespace sonda;

namespace {

using Names = std::vector<std::string_view>;

}  // namespace

TEST_CASE("a macro comes with those that its body names, before it") {
  MacroLibrary library;
  library.add("#define A (B + C) /* why */\n#define B 1\n#define C \\\n  2 // x\n#define UNUSED 3\n", false);
  CHECK(library.closure({"A"}, {}) == Names{"B", "C", "A"});
  CHECK(library.definition("A") == "A (B + C)");
  CHECK(library.definition("C").find('\n') == std::string::npos);
}

TEST_CASE("what the probe defines itself is not taken") {
  MacroLibrary library;
  library.add("#define A B\n#define B 1\n", false);
  CHECK(library.closure({"A"}, {"B"}) == Names{"A"});
  CHECK(library.closure({"A"}, {"A"}).empty());
}

TEST_CASE("macros that name each other end") {
  MacroLibrary library;
  library.add("#define A B\n#define B A\n#define SELF SELF\n", false);
  CHECK(library.closure({"A", "SELF"}, {}).size() == 2);
}

TEST_CASE("the first definition counts") {
  MacroLibrary library;
  library.add("#define A 1\n", false);
  library.add("#define A 2\n", false);
  CHECK(library.definition("A") == "A 1");
}

TEST_CASE("from user-space headers only constants are taken") {
  MacroLibrary library;
  library.add(
      "#ifndef _GUARD_H\n#define _GUARD_H\n#define small 1\n#define BIG 2\nenum {\n  IPPROTO_TCP = 6, /* x */\n"
      "#define IPPROTO_TCP IPPROTO_TCP\n  COMPUTED = BIG + 1,\n  other = 3,\n};\n",
      true);
  const NameSet all{"_GUARD_H", "small", "BIG", "IPPROTO_TCP", "COMPUTED", "other"};
  CHECK(library.closure(all, {}) == Names{"BIG", "IPPROTO_TCP"});
  CHECK(library.definition("IPPROTO_TCP") == "IPPROTO_TCP 6");
}

TEST_CASE("a header that is not there adds nothing, and none outside of /usr/include is looked at") {
  MacroLibrary library;
  library.add_file("/nonexistent/header.h", true);
  CHECK(library.closure({"A"}, {}).empty());
  for (const auto& file :
       user_space_headers({"linux/../../../etc/passwd", "/etc/passwd", "own.h", "uapi/linux/in.h"})) {
    CAPTURE(file);
    CHECK(file.string().starts_with("/usr/include/"));
    CHECK(file.string().find("..") == std::string::npos);
  }
}

TEST_CASE("options of the kernel become flags as its build makes them") {
  constexpr auto config =
      "# comment\nCONFIG_SMP=y\nCONFIG_KVM=m\n# CONFIG_NO is not set\nCONFIG_HZ=250\n"
      "CONFIG_LOCALVERSION=\"-x y\"\nCONFIG_OTHER=y\nCONFIG_SMPX=y\n";
  CHECK(config_flags(config, {"CONFIG_SMP", "CONFIG_KVM", "CONFIG_NO", "CONFIG_HZ", "CONFIG_LOCALVERSION"}) ==
        std::vector<std::string>{"-DCONFIG_SMP=1", "-DCONFIG_KVM_MODULE=1", "-DCONFIG_HZ=250",
                                 "-DCONFIG_LOCALVERSION=\"-x y\""});
  CHECK(config_flags(config, {"CONFIG_KVM_MODULE"}) == std::vector<std::string>{"-DCONFIG_KVM_MODULE=1"});
  CHECK(config_flags("", {"CONFIG_SMP"}).empty());
}
