// Probes that want more than to be compiled, and a compiler that was taken over.
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "private_cache.h"
#include "sonda/compile.h"
#include "support/catch.h"
#include "support/error_of.h"
#include "support/skip.h"

using namespace sonda;

namespace {

namespace fs = std::filesystem;

constexpr auto secret = "hunter2_is_the_secret";
constexpr auto probe_end = "\nint f(struct pt_regs *ctx) { return 0; }\n";

/// A folder with a probe, and beside that folder one with a secret.
class Lair {
 public:
  Lair() {
    fs::create_directory(here_.path() / "probes");
    std::ofstream(here_.path() / "secret.h") << secret << " *p;\n";
    fs::create_symlink(here_.path() / "secret.h", here_.path() / "probes/link.h");
    ::mkfifo((here_.path() / "pipe").c_str(), 0600);
  }
  std::string beyond(const std::string& name) const { return (here_.path() / name).string(); }
  Error refused(const std::string& text, CompileOptions options = {}) const {
    const auto probe = here_.path() / "probes/probe.c";
    std::ofstream(probe) << text << probe_end;
    options.trace = [&](std::string_view line) { traced_ += std::string(line) + "\n"; };
    return test::error_of([&] { compile(ProbeSource::open(probe), options); });
  }
  const std::string& traced() const { return traced_; }

 private:
  TemporaryFolder here_;
  test::PrivateCache cache_;
  mutable std::string traced_;
};

bool has_landlock() { return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0; }

std::string all_of(const Error& error) {
  return error.subject() + error.cause() + error.hint() + error.excerpt() + error.details();
}

}  // namespace

TEST_CASE("a probe takes in nothing from outside its folder and the system's headers") {
  SONDA_NEED_BPF();
  SONDA_NEED(has_landlock(), "Landlock (Linux 5.13, and among the lsm= of the command line)");
  SONDA_NEED(has_landlock(), "Landlock (Linux 5.13, and among the lsm= of the command line)");
  const Lair place;
  const auto file = place.beyond("secret.h"), fifo = place.beyond("pipe");
  const auto text = GENERATE_COPY(
      "#include \"" + file + "\"", "#include <" + file + ">", "#include \"../secret.h\"", "#include \"link.h\"",
      "#define F \"" + file + "\"\n#include F", "#import \"" + file + "\"", "%:include \"" + file + "\"",
      "#include_next \"" + file + "\"", "#inc\\\nlude \"" + file + "\"", "#/**/include \"" + file + "\"",
      "_Pragma(\"include \\\"x\\\"\")\n#include \"" + file + "\"", "asm(\".incbin \\\"" + file + "\\\"\");",
      "asm(\".include \\\"" + file + "\\\"\");", "#include \"" + fifo + "\"", std::string("#include \"/dev/zero\""),
      std::string("#include \"/dev/stdin\""), std::string("#include \"/proc/self/environ\""),
      std::string("#include \"/etc/passwd\""), std::string("#pragma clang module load x\n#include \"/etc/passwd\""));
  const auto started = std::chrono::steady_clock::now();
  const auto error = place.refused(text);
  CAPTURE(text, all_of(error));
  CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds(30));
  CHECK(all_of(error).find(secret) == std::string::npos);
  CHECK(all_of(error).find("root:") == std::string::npos);
  CHECK(place.traced().find(secret) == std::string::npos);
}

TEST_CASE("whether a file is there outside its folder, a probe is not told") {
  SONDA_NEED_BPF();
  SONDA_NEED(has_landlock(), "Landlock (Linux 5.13, and among the lsm= of the command line)");
  const Lair place;
  const auto error =
      place.refused("#if __has_include(\"" + place.beyond("secret.h") + "\")\n#error it is there\n#endif");
  CHECK(all_of(error).find("it is there") == std::string::npos);
}

#ifndef __SANITIZE_ADDRESS__  // which has no limit of memory: it takes more than there is
TEST_CASE("a compile that needs too much memory is ended, and says so") {
  SONDA_NEED_BPF();
  const Lair place;
  CompileOptions options;
  options.memory = 300UL << 20;
  const auto text =
      GENERATE("static char x[1 << 30] = {1};\nint g(void *c) { return x[bpf_get_prandom_u32() & 0xffff]; }",
               "#define A(x) x, x, x, x, x, x, x, x, x, x\n"
               "int y[] = {A(A(A(A(A(A(A(A(1))))))))};");
  const auto error = place.refused(text, options);
  CHECK(error.cause() == "its compile needs more memory than 300 MiB");
  CHECK(error.hint().find("SONDA_COMPILE_MEMORY") != std::string::npos);
}
#endif

TEST_CASE("a compile that takes too long is ended, and says so") {
  SONDA_NEED_BPF();
  const Lair place;
  CompileOptions options;
  options.seconds = 1;
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "BPF_HASH(m" + std::to_string(i) + ", u64, u64);\n";
  const auto error = place.refused(text, options);
  CHECK(error.cause() == "its compile was ended after 1 s of CPU time");
}

TEST_CASE("a compiler that was taken over reaches nothing") {
  SONDA_NEED_BPF();
  const Lair place;
  ::setenv("SONDA_LIBEXEC", HOSTILE_FOLDER, 1);
  std::ofstream(place.beyond("probes/own.h")) << "int own;\n";
  place.refused("#include \"own.h\"");
  ::unsetenv("SONDA_LIBEXEC");
  std::vector<std::string> attempts;
  for (const auto line : split_lines(place.traced()))
    if (line.starts_with("attempt ")) attempts.emplace_back(line);
  CAPTURE(place.traced());
  CHECK(attempts.size() == 54);
  for (const auto& attempt : attempts) {
    CAPTURE(attempt);
    const bool is_refused = attempt.ends_with("EPERM") || attempt.ends_with("EACCES") || attempt.ends_with("ENOSYS");
    CHECK(attempt.starts_with("attempt allowed") == attempt.ends_with("DONE"));
    CHECK(attempt.starts_with("attempt allowed") != is_refused);
  }
}
