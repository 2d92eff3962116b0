// Files that a probe includes with quotes.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "base/text.h"
#include "private_cache.h"
#include "sonda/compile.h"
#include "support/catch.h"
#include "support/skip.h"

using namespace sonda;

namespace {

namespace fs = std::filesystem;

constexpr auto probe_text = R"(#include "own.h"
#include <linux/sched.h>
BPF_HASH(seen, u32, struct event);
int f(struct pt_regs *ctx) {
  struct event e = {.pid = twice(bpf_get_current_pid_tgid() >> 32)};
  seen.update(&e.pid, &e);
  return 0;
}
)";
constexpr auto header_text = R"(#pragma once
#include "deeper.h"
struct event { u32 pid; struct list_head list; char name[TASK_COMM_LEN]; };
static inline int twice(int x) { return x * FACTOR; }
)";

class Folder {
 public:
  Folder() {
    write("probe.c", probe_text);
    write("own.h", header_text);
    write("deeper.h", "#define FACTOR 2\n");
  }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }
  fs::path path(const std::string& name) const { return folder_.path() / name; }
  Image compile() const { return sonda::compile(ProbeSource::open(path("probe.c"))); }
  Error refused() const {
    try {
      compile();
    } catch (const Error& error) {
      return error;
    }
    throw std::runtime_error("nothing was refused");
  }

 private:
  TemporaryFolder folder_;
  test::PrivateCache cache_;
};

}  // namespace

TEST_CASE("files beside a probe are included, with the kernel types that they name") {
  SONDA_NEED_BPF();
  const Folder folder;
  const auto image = folder.compile();
  CHECK(image.programs.size() == 1);
  CHECK(image.map("seen").value_size == 4 + 4 + 16 + 16);
}

TEST_CASE("an included file that changes is compiled anew, and one that does not is not") {
  SONDA_NEED_BPF();
  const Folder folder;
  const auto compiled = [&] {
    bool anew = false;
    compile(ProbeSource::open(folder.path("probe.c")),
            {.trace = [&](std::string_view line) { anew |= line.find("by the worker") != line.npos; }});
    return anew;
  };
  CHECK(compiled());
  CHECK_FALSE(compiled());
  folder.write("deeper.h", "#define FACTOR 3\n");
  CHECK(compiled());
}

TEST_CASE("an error in an included file names its file and line") {
  SONDA_NEED_BPF();
  const Folder folder;
  folder.write("deeper.h", "\n");
  const auto error = folder.refused();
  CHECK(error.stage() == Stage::compile);
  CHECK(error.subject() == folder.path("own.h").string() + ":4:45");
  CHECK(error.cause().find("FACTOR") != std::string::npos);
  CHECK(error.excerpt().find("return x * FACTOR;") != std::string::npos);
}

TEST_CASE("the lines of included functions are not taken for the probe's") {
  SONDA_NEED_BPF();
  const Folder folder;
  const auto image = folder.compile();
  const auto lines = split_lines(probe_text).size();
  REQUIRE_FALSE(image.programs.front().lines.empty());
  for (const auto& record : image.programs.front().lines) CHECK((record.line >= 4 && record.line <= lines));
}

TEST_CASE("nothing but files of the probe's own folder is included") {
  SONDA_NEED_BPF();
  const Folder folder;
  SECTION("a name with a folder in it") {
    folder.write("probe.c", "#include \"../probe.c\"\nint f(void *ctx) { return 0; }\n");
    CHECK(folder.refused().cause().find("file not found") != std::string::npos);
  }
  SECTION("an absolute name") {
    folder.write("probe.c", "#include \"/etc/passwd\"\nint f(void *ctx) { return 0; }\n");
    CHECK(folder.refused().stage() == Stage::compile);
  }
  SECTION("a link that leads away") {
    fs::remove(folder.path("own.h"));
    fs::create_symlink("/etc/passwd", folder.path("own.h"));
    CHECK(folder.refused().stage() == Stage::source);
  }
  SECTION("a folder") {
    fs::remove(folder.path("own.h"));
    fs::create_directory(folder.path("own.h"));
    CHECK(folder.refused().stage() == Stage::source);
  }
  SECTION("a probe from memory has no folder") {
    CHECK_THROWS_AS(compile(ProbeSource::from_text("memory", probe_text)), Error);
  }
}

TEST_CASE("a file that others can write is not included for root") {
  SONDA_NEED_BPF();
  SONDA_NEED(::geteuid() == 0, "root");
  const Folder folder;
  fs::permissions(folder.path("own.h"), fs::perms::others_write, fs::perm_options::add);
  const auto error = folder.refused();
  CHECK(error.stage() == Stage::source);
  CHECK(error.cause().find("could write") != std::string::npos);
}
