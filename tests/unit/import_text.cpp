// What `sonda import` makes of a recording: no kernel, no Python.
#include <linux/bpf.h>

#include <string>
#include <vector>

#include "bcc/recorder/listed_functions.h"
#include "bcc/recorder/record_line.h"
#include "cli/import/probe_text.h"
#include "cli/import/recording.h"
#include "cli/import/shows.h"
#include "sonda/probe_source.h"
#include "support/catch.h"

using namespace sonda;
using namespace sonda::cli;

namespace {

const std::string code = "BPF_HASH(counts, u32, u64);\n\nint on_call(struct pt_regs *ctx) { return 0; }\n";

/// The record of `code`, with these lines behind its function's load.
Recording recorded(const std::vector<std::vector<std::string>>& lines, std::size_t cpus = 2) {
  auto text = bcc::record_line({"text", code, "-DLIMIT=7"}) + bcc::record_line({"load", "0", "on_call", "2"});
  for (const auto& words : lines) text += bcc::record_line(words);
  return read_recording(text, cpus);
}

std::vector<std::string> points(const Recording& recording) {
  std::vector<std::string> result;
  for (const auto& one : recording.texts.at(0).attached) result.push_back(one.point);
  return result;
}

std::string file_of(const Recording& recording, const Provenance& from) {
  const auto& text = recording.texts.at(0);
  return probe_text(from, text, probe_lines(text, 0), {});
}

/// A map with one struct of these fields for its values.
MapSpec with_fields(const std::string& name, const std::vector<std::pair<std::string, std::uint32_t>>& fields) {
  MapSpec map{.name = name};
  Type value{.kind = Kind::structure, .name = "struct value"};
  map.value.types.push_back(value);
  for (const auto& [field, size] : fields) {
    map.value.types.push_back({.kind = size == 16 ? Kind::array : Kind::unsigned_integer, .size = size});
    map.value.types[0].fields.push_back(
        {.name = field, .type = static_cast<std::uint32_t>(map.value.types.size() - 1)});
  }
  return map;
}

}  // namespace

TEST_CASE("words of a record come back as they were") {
  const std::vector<std::string> words{"text", "a\tb\nc\\d\\n", "", "\x01\xff"};
  const auto line = bcc::record_line(words);
  CHECK(line.find('\n') == line.size() - 1);
  CHECK(bcc::record_words(line.substr(0, line.size() - 1)) == words);
}

TEST_CASE("the kernel's functions are those that its list calls code") {
  const std::string list = "0 T vfs_read\n0 t vfs_read_more\t[module]\n0 D vfs_data\n0 d vfs_both\n0 t vfs_both";
  CHECK(bcc::lists_function(list, "vfs_read"));
  CHECK(bcc::lists_function(list, "vfs_read_more"));
  CHECK(bcc::lists_function(list, "vfs_both"));
  CHECK_FALSE(bcc::lists_function(list, "vfs_read_"));
  CHECK_FALSE(bcc::lists_function(list, "vfs"));
  CHECK_FALSE(bcc::lists_function(list, "fs_read"));
  CHECK_FALSE(bcc::lists_function(list, "vfs_data"));
}

TEST_CASE("a perf event on every CPU is one point") {
  const std::vector<std::vector<std::string>> both{{"attach", "0", "on_call", "profile:hz:49 cpu=0"},
                                                   {"attach", "0", "on_call", "profile:hz:49 cpu=1"}};
  CHECK(points(recorded(both)) == std::vector<std::string>{"profile:hz:49"});
  CHECK(points(recorded(both, 3)) == std::vector<std::string>{"profile:hz:49 cpu=0", "profile:hz:49 cpu=1"});
}

TEST_CASE("a system call is called as every kernel knows it") {
  CHECK(points(recorded({{"attach", "0", "on_call", "kretprobe:__x64_sys_openat"}})) ==
        std::vector<std::string>{"kretprobe:sys_openat"});
  CHECK(points(recorded({{"attach", "0", "on_call", "kprobe:__x64_syscall"}})) ==
        std::vector<std::string>{"kprobe:__x64_syscall"});
}

TEST_CASE("lines of a record that are none are passed over") {
  const auto recording =
      read_recording("nonsense\n\nattach\t0\tf\tkprobe:x\ntext\nset\t9\ta\tb\tc\nload\t0\tf\tx\n", 1);
  CHECK(recording.texts.empty());
  CHECK(chosen_text(recording) == nullptr);
}

TEST_CASE("the last text that loads something is chosen") {
  const auto text = [](const std::string& name) { return bcc::record_line({"text", name}); };
  const auto load = [](const std::string& number) { return bcc::record_line({"load", number, "f", "2"}); };
  const auto recording = read_recording(text("one") + load("0") + text("two") + load("1") + text("three"), 1);
  REQUIRE(chosen_text(recording) != nullptr);
  CHECK(chosen_text(recording)->text == "two");
  CHECK(chosen_text(read_recording(text("one"), 1)) == nullptr);
}

TEST_CASE("the file says the points as its parser reads them") {
  const auto recording = recorded({{"attach", "0", "on_call", "uprobe:/bin/bash:readline pid=7"}});
  const auto source =
      ProbeSource::from_text("x.c", file_of(recording, {.tool = "x", .path = "/x", .arguments = {"a b"}}));
  REQUIRE(source.attachments().size() == 1);
  CHECK(source.attachments()[0].function == "on_call");
  CHECK(to_string(source.attachments()[0].point) == "uprobe:/bin/bash:readline pid=7");
  REQUIRE(source.parameters().size() == 1);
  CHECK(source.parameters()[0].name == "LIMIT");
  CHECK(source.parameters()[0].value == "7");
  CHECK(source.text().find("sonda import x -- 'a b'\n") != std::string::npos);
}

TEST_CASE("nothing from outside begins a line of the file") {
  const auto recording = recorded({{"set", "0", "counts", "1\n// @attach kprobe:a", "2\\"},
                                   {"note", "0", "odd\n#include \"/etc/passwd\""},
                                   {"attach", "0", "on_call", "nonsense\n// @attach kprobe:b"},
                                   {"attach", "0", "no_such\n// @attach kprobe:c", "kprobe:d"}});
  const auto text = file_of(
      recording, {.tool = "x", .about = "y\n// @attach kprobe:e", .path = "/z\nint f;", .arguments = {"\n// @hide a"}});
  const auto source = ProbeSource::from_text("x.c", text);
  CHECK(source.attachments().empty());
  CHECK(source.hidden_maps().empty());
  CHECK(text.find("\n#include") == std::string::npos);
  CHECK(text.find("\nint f;") == std::string::npos);
  CHECK(text.find("\\\n") == std::string::npos);
}

TEST_CASE("what has no notation is told") {
  auto recording = recorded({{"tailcall", "0", "next", "2", "on_call"}, {"set", "0", "counts", "0x1", "0x2"}});
  recording.texts[0].flags = {"-DTEXT=1 + 1", "-I/usr/include"};
  const auto lines = probe_lines(recording.texts[0], 1);
  CHECK(lines.top == std::vector<std::string>{"#define TEXT 1 + 1\n", "// @tailcall next[2] = on_call\n"});
  CHECK(lines.left == std::vector<std::string>{"the compiler's flag -I/usr/include: give it by --cflag",
                                               "counts[0x1] = 0x2",
                                               "1 more texts that the tool compiles and attaches"});
  CHECK(probe_lines(recorded({}).texts[0], 0).left ==
        std::vector<std::string>{"on_call is loaded as a program of type kprobe; where it goes was not seen"});
}

TEST_CASE("kinds of fields are told where there is no doubt") {
  Image image;
  image.maps.push_back(with_fields("four", {{"saddr", 4}, {"uid", 4}, {"ts", 8}, {"delta_us", 8}, {"when", 8}}));
  image.maps.push_back(with_fields("six", {{"saddr", 16}, {"uid", 4}, {"start_us", 8}, {"dport", 2}}));
  const std::string text =
      "d.ts = bpf_ktime_get_ns(); e->when = bpf_ktime_get_ns() / 1000; d.dport = ntohs(sk->skc_dport);";
  const std::vector<FieldShow> expected{
      {"delta_us", "duration(us)"}, {"four.saddr", "ipv4"}, {"six.saddr", "ipv6"}, {"ts", "time"}, {"uid", "user"}};
  CHECK(shows_of(image, text, true) == expected);
}
