// The words that a whole run listens to: @show, @tailcall, @map shared and pinned, $PID.
#include <string>

#include "support/catch.h"
#include "unit/source_messages.h"

using namespace sonda;
using namespace sonda::test;

TEST_CASE("what a field is shown as") {
  const auto source = read("// @show daddr as ipv4\n// @show events.lat as duration\n// @show id as stack(traces)\n");
  const auto& options = source.show_options();
  REQUIRE(options.size() == 3);
  CHECK(options[0].map.empty());
  CHECK(options[0].field == "daddr");
  CHECK(options[0].as == Show::ipv4);
  CHECK(options[1].map == "events");
  CHECK(options[1].field == "lat");
  CHECK(options[1].as == Show::duration);
  CHECK(options[2].as == Show::stack);
  CHECK(options[2].stacks == "traces");
}

TEST_CASE("every kind of @show has its word") {
  const std::vector<std::pair<std::string, Show>> kinds{{"stack", Show::stack},
                                                        {"ksym", Show::ksym},
                                                        {"usym", Show::usym},
                                                        {"ipv4", Show::ipv4},
                                                        {"ipv6", Show::ipv6},
                                                        {"port", Show::port},
                                                        {"time", Show::time},
                                                        {"duration", Show::duration},
                                                        {"bytes", Show::bytes},
                                                        {"hex", Show::hex},
                                                        {"comm", Show::comm},
                                                        {"duration(ns)", Show::duration},
                                                        {"duration(us)", Show::microseconds},
                                                        {"duration(ms)", Show::milliseconds},
                                                        {"duration(s)", Show::seconds},
                                                        {"size", Show::bytes},
                                                        {"size(KiB)", Show::kibibytes},
                                                        {"size(MiB)", Show::mebibytes},
                                                        {"size(pages)", Show::pages},
                                                        {"syscall", Show::syscall},
                                                        {"errno", Show::error},
                                                        {"signal", Show::signal},
                                                        {"tcp_state", Show::tcp_state},
                                                        {"softirq", Show::softirq},
                                                        {"user", Show::user},
                                                        {"dev", Show::dev},
                                                        {"cgroup", Show::cgroup}};
  for (const auto& [word, kind] : kinds) CHECK(read("// @show f as " + word).show_options().at(0).as == kind);
}

TEST_CASE("a wrong @show is shown at the wrong word") {
  says(message("// @show"), "1:9 the field's name is missing");
  says(message("// @show f"), "'as' is missing");
  says(message("// @show f is hex"), "1:12 'as' is missing before the kind");
  says(message("// @show f as"), "the kind is missing");
  says(message("// @show f as ip4"), "1:15 there is no kind 'ip4' | did you mean 'ipv4'");
  says(message("// @show f as hex(a)"), "1:15 there is no kind 'hex(a)' | did you mean 'hex'");
  says(message("// @show f as stack("), "there is no kind 'stack('");
  says(message("// @show f as stack()"), "there is no kind 'stack()'");
  says(message("// @show f as duration(m)"), "there is no kind 'duration(m)' | did you mean 'duration(ms)'");
  says(message("// @show f as 7"), "possible are stack(MAP), stack, ksym");
  says(message("// @show a.b.c as hex"), "'a.b.c' is no name of a field");
  says(message("// @show f as hex twice"), "1:19 'twice' is too much here");
  says(message("// @show f as hex\n// @show f as port"), "2:10 f has its @show already | it is said in line 1");
}

TEST_CASE("slots of program arrays are read") {
  const auto source = read("// @tailcall jump[2] = next\n//@tailcall jump [ 0x3 ]=other\n");
  REQUIRE(source.tail_calls().size() == 2);
  CHECK(source.tail_calls()[0].map == "jump");
  CHECK(source.tail_calls()[0].index == 2);
  CHECK(source.tail_calls()[0].function == "next");
  CHECK(source.tail_calls()[1].index == 3);
  CHECK(source.tail_calls()[1].function == "other");
  CHECK(to_string(source.tail_calls()[1].at) == "p.c:2:13");
}

TEST_CASE("a wrong @tailcall is shown at the wrong word") {
  says(message("// @tailcall jump = next"), "1:14 this is no slot and function | written // @tailcall TABLE[INDEX]");
  says(message("// @tailcall jump[x] = next"), "1:19 'x' is no index");
  says(message("// @tailcall jump[4294967296] = next"), "is no index");
  says(message("// @tailcall 1[0] = next"), "'1' is no name of a map");
  says(message("// @tailcall jump[0] = "), "'' is no name of a function");
  says(message("// @tailcall jump[0] x = f"), "is no name of a function");
  says(message("// @slot outer[0] = 7"), "'7' is no name of a map | written // @slot TABLE[INDEX] = MAP");
  says(message("// @tailcall j[1] = f\n// @slot j[1] = g"), "2:10 j[1] is said already");
  says(message("// @tailcall j[1] = f\n// @tailcall j[0x1] = g"), "2:14 j[1] is said already");
}

TEST_CASE("maps are shared and pinned by a word") {
  const auto source = read("// @map a shared\n// @map b pinned max_entries=3 shared\n// @map c max_entries=1\n");
  const auto& maps = source.map_options();
  REQUIRE(maps.size() == 3);
  CHECK((maps[0].shared && !maps[0].pinned && !maps[0].max_entries));
  CHECK((maps[1].shared && maps[1].pinned && maps[1].max_entries == 3U));
  CHECK((!maps[2].shared && !maps[2].pinned));
}

TEST_CASE("$PID waits for a process") {
  auto source = read(
      "// @param TARGET $PID \"whom\"\n// @attach uprobe:/proc/$PID/exe:main pid=$PID\nint f() {}\n"
      "// @attach kprobe:g\nint g() {}\n");
  REQUIRE(source.attachments().size() == 2);
  CHECK(source.wants_process());
  CHECK(source.attachments()[0].wants_pid == "uprobe:/proc/$PID/exe:main pid=$PID");
  source.set_process(42);
  CHECK_FALSE(source.wants_process());
  CHECK(to_string(source.attachments()[0].point) == "uprobe:/proc/42/exe:main pid=42");
  CHECK(to_string(source.attachments()[1].point) == "kprobe:g");
  CHECK(source.parameters()[0].value == "42");
}

TEST_CASE("a parameter can be set to $PID") {
  auto source = read("// @param TARGET 0 \"whom\"\n");
  CHECK_FALSE(source.wants_process());
  source.set("TARGET=$PID");
  CHECK(source.wants_process());
}

TEST_CASE("what is wrong beside a $PID is an error all the same") {
  says(message("// @attach kprobe:f pid=$PID\nint f() {}"), "this kind of attach point sees every process");
}
