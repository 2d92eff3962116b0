// Every macro and map method of BCC's reference guide, each in a small program of tests/data/bcc: compiled, and loaded
// where its type needs nothing to attach to. docs/bcc-compatibility.md says what this shows.
#include <algorithm>
#include <filesystem>
#include <map>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "kernel/kernel.h"
#include "sonda/compile.h"
#include "sonda/loaded_image.h"
#include "sonda/program.h"
#include "support/catch.h"
#include "support/paths.h"
#include "support/skip.h"

using namespace sonda;

namespace {

const std::map<std::string_view, ProgramKind> kinds{
    {"kprobe", BPF_PROG_TYPE_KPROBE},
    {"tracepoint", BPF_PROG_TYPE_TRACEPOINT},
    {"raw_tracepoint", BPF_PROG_TYPE_RAW_TRACEPOINT},
    {"perf_event", BPF_PROG_TYPE_PERF_EVENT},
    {"sched_cls", BPF_PROG_TYPE_SCHED_CLS},
    {"socket_filter", BPF_PROG_TYPE_SOCKET_FILTER},
    {"xdp", BPF_PROG_TYPE_XDP},
    {"sock_ops", {BPF_PROG_TYPE_SOCK_OPS, BPF_CGROUP_SOCK_OPS}},
    {"sk_msg", {BPF_PROG_TYPE_SK_MSG, BPF_SK_MSG_VERDICT}},
    {"sk_skb", {BPF_PROG_TYPE_SK_SKB, BPF_SK_SKB_STREAM_VERDICT}},
};

std::vector<std::filesystem::path> programs() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(sonda::test::test_data("bcc")))
    if (entry.path().extension() == ".c") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// What the first line says: "// loads as: KIND".
std::string expectation(const std::string& text) {
  constexpr std::string_view says = "// loads as: ";
  const auto lines = split_lines(text);
  REQUIRE(lines.front().starts_with(says));
  return std::string(lines.front().substr(says.size()));
}

}  // namespace

TEST_CASE("each feature of BCC's reference guide compiles, and loads") {
  SONDA_NEED_BPF();
  SONDA_NEED(has_btf(), "a kernel with BTF");
  const auto files = programs();
  REQUIRE(files.size() > 40);
  for (const auto& file : files) {
    CAPTURE(file.filename().string());
    const auto text = read_file(file, Stage::source);
    const auto wanted = expectation(text);
    const auto source = ProbeSource::from_text(file.filename().string(), text);
    auto image = compile(source, {.headers = Headers::btf, .use_cache = false});
    CHECK((!image.programs.empty() || !image.maps.empty()));
    if (wanted == "compile only") continue;
    REQUIRE(kinds.contains(wanted));
    LoadedImage loaded(std::move(image));
    std::vector<std::string> names;
    for (const auto& program : loaded.image().programs) names.push_back(program.name);
    for (const auto& name : names) CHECK(loaded.program(name, kinds.at(wanted)).fd() >= 0);
  }
}
