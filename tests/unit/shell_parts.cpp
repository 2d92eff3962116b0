// The shell's parts that need no kernel: words, completion, the store of events, where a function stands.

#include "cli/shell/completion.h"
#include "cli/shell/event_store.h"
#include "source/function_finder.h"
#include "support/catch.h"
#include "support/error_of.h"
#include "support/scratch.h"

using namespace sonda;
using namespace sonda::shell;
using sonda::test::error_of;

namespace {

std::vector<std::string> words(std::string_view line) {
  Arguments arguments(line);
  std::vector<std::string> result;
  while (auto word = arguments.try_word()) result.push_back(std::move(*word));
  return result;
}

Found begun(std::vector<std::string> all, std::string_view prefix) {
  std::erase_if(all, [&](const auto& one) { return !one.starts_with(prefix); });
  return {std::move(all), false};
}

Completer completer() {
  return Completer({
      .open_files = [] { return std::vector<std::string>{"opens.c"}; },
      .functions = [] { return std::vector<std::string>{"on_open", "on_close"}; },
      .maps = [] { return std::vector<std::string>{"counts", "began"}; },
      .buffers = [] { return std::vector<std::string>{"opens"}; },
      .parameters = [] { return std::vector<std::string>{"MIN_BYTES"}; },
      .links = [] { return std::vector<std::string>{"1", "2", "on_open"}; },
      .columns = [](const std::string& map) { return std::vector<std::string>{map + "_key", "value"}; },
      .fields = [](const std::string&) { return std::vector<std::string>{"result", "comm"}; },
      .tracepoint_categories = [](std::string_view prefix) { return begun({"sched", "syscalls"}, prefix); },
      .points =
          [](std::string_view kind, std::string_view place, std::string_view prefix) {
            if (kind == "kprobe") return begun({"vfs_read", "vfs_write", "do_exit"}, prefix);
            if (kind == "tracepoint") return begun({"sched:sched_switch", "sched:sched_wakeup"}, prefix);
            if (kind == "software") return begun({"page-faults:", "page-faults-maj:", "page-faults-min:"}, prefix);
            if (kind == "uprobe" && place == "/bin/bash") return begun({"readline", "cd_builtin"}, prefix);
            if (kind == "usdt" && place == "./prog") return begun({"shop:sold", "shop:opened"}, prefix);
            if (kind == "cgroup" && place == "/cg") return begun({"connect4", "connect6", "device"}, prefix);
            return Found();
          },
  });
}

StoredEvent event(std::size_t size, char first) {
  StoredEvent result;
  result.bytes.assign(size, static_cast<std::byte>(first));
  return result;
}

}  // namespace

TEST_CASE("words are parted by blanks, and quotes keep them together", "[shell]") {
  CHECK(words("  run ls  -l ") == std::vector<std::string>{"run", "ls", "-l"});
  CHECK(words(R"(run "a b" 'c d' e\ f x"y z")") == std::vector<std::string>{"run", "a b", "c d", "e f", "xy z"});
  CHECK(words(R"(run "")") == std::vector<std::string>{"run", ""});
  CHECK(error_of([] { words("run \"a"); }).cause() == "the closing \" is missing");
  for (const std::string word : {"plain", "a b", "", "it's", "a\"b", "back\\slash", "new\nline"})
    CHECK(words(quoted_word(word)) == std::vector<std::string>{word});
}

TEST_CASE("a command goes by its name or an unambiguous beginning", "[shell]") {
  const Arguments none("");
  CHECK(find_command("map", none).name == "map");
  CHECK(find_command("ev", none).name == "events");
  CHECK(find_command("exit", none).name == "quit");
  CHECK(error_of([&] { find_command("e", none); }).hint() == "events, edit, explain");
  CHECK(error_of([&] { find_command("lits", none); }).hint() == "did you mean 'list'?");
}

TEST_CASE("every command has help that fits 80 columns", "[shell]") {
  CHECK(shell_commands().size() < 20);
  for (const auto& command : shell_commands()) {
    CAPTURE(command.name);
    CHECK(command.body != nullptr);
    CHECK(command.summary.size() < 70);
    CHECK_FALSE(command.example.empty());
    CHECK(find_command(std::string(command.example.substr(0, command.example.find_first_of(" \n"))), Arguments(""))
              .name == command.name);
  }
}

TEST_CASE("what is typed goes on in what there is", "[completion]") {
  struct Row {
    std::string line;
    std::vector<std::string> words;
  };
  const auto row = GENERATE(values<Row>({
      {"de", {"detach"}},
      {"ma", {"map"}},
      {"map ", {"began", "counts"}},
      {"map co", {"counts"}},
      {"map counts to", {"top"}},
      {"map counts top 5 ", {"by"}},
      {"map counts top 5 by ", {"counts_key", "value"}},
      {"map counts hist v", {"value"}},
      {"events ", {"comm", "opens", "result"}},
      {"events opens re", {"result"}},
      {"events opens result < 0 a", {"and"}},
      {"set ", {"MIN_BYTES"}},
      {"explain on_", {"on_close", "on_open"}},
      {"source on_", {"on_close", "on_open"}},
      {"detach ", {"1", "2", "all", "on_open"}},
      {"list l", {"links"}},
      {"stats o", {"off", "on"}},
      {"help ev", {"events"}},
      {"attach kpr", {"kprobe:"}},
      {"attach kprobe:vfs_", {"kprobe:vfs_read", "kprobe:vfs_write"}},
      {"attach kprobe:vfs_read=on_o", {"kprobe:vfs_read=on_open"}},
      {"attach tracepoint:sc", {"tracepoint:sched:"}},
      {"attach tracepoint:sched:sched_s", {"tracepoint:sched:sched_switch"}},
      {"attach uprobe:/bin/bash:re", {"uprobe:/bin/bash:readline"}},
      {"attach usdt:./prog:shop:s", {"usdt:./prog:shop:sold"}},
      {"attach cgroup:/cg:conn", {"cgroup:/cg:connect4", "cgroup:/cg:connect6"}},
      {"attach software:page-faults-", {"software:page-faults-maj:", "software:page-faults-min:"}},
      {"attach on_c", {"on_close"}},
      {"nonsense ", {}},
      {"quit ", {}},
  }));
  CAPTURE(row.line);
  CHECK(completer().complete(row.line).words == row.words);
}

TEST_CASE("paths are completed, folders with a slash", "[completion]") {
  const sonda::test::ScratchFolder folder;
  folder.write("probe.c", "");
  folder.write("notes.txt", "");
  folder.write("more/inner.c", "");
  const auto base = folder.path().string() + "/";
  CHECK(completer().complete("load " + base).words == std::vector<std::string>{base + "more/", base + "probe.c"});
  CHECK(completer().complete("load " + base + "more/").words == std::vector<std::string>{base + "more/inner.c"});
  CHECK(completer().complete("load " + base + "none/").words.empty());
}

TEST_CASE("the store keeps the newest events, and counts the others", "[events]") {
  EventStore store(3, 100);
  for (const char c : {'a', 'b', 'c', 'd'}) store.add(event(10, c));
  CHECK(store.size() == 3);
  CHECK(store.take_dropped() == 1);
  CHECK(store.take_dropped() == 0);
  store.add(event(95, 'e'));
  CHECK(store.size() == 1);
  CHECK(store.all_dropped() == 4);
  auto all = store.take([](const StoredEvent&) { return true; });
  CHECK(all.size() == 1);
  CHECK(store.size() == 0);
  store.add(event(10, 'f'));
  all.front() = event(10, 'e');
  store.put_back(std::move(all));
  const auto order = store.take([](const StoredEvent&) { return true; });
  REQUIRE(order.size() == 2);
  CHECK(order[0].bytes[0] == std::byte{'e'});
}

TEST_CASE("a function's text is found with the comments above it", "[source]") {
  const std::string text =
      "#include <linux/fs.h>\n"                      // 1
      "struct event { int a; };  // what is sent\n"  // 2
      "BPF_HASH(counts, u32);\n"                     // 3
      "\n"                                           // 4
      "// @attach kprobe:vfs_read\n"                 // 5
      "int on_read(struct pt_regs *ctx) {\n"         // 6
      "  if (1) { return 0; }\n"                     // 7
      "  return 0;\n"                                // 8
      "}\n"                                          // 9
      "TRACEPOINT_PROBE(sched, sched_switch) {\n"    // 10
      "  return 0;\n"                                // 11
      "}\n";                                         // 12
  const auto read = find_function_text(text, "on_read");
  REQUIRE(read);
  CHECK(read->first == 5);
  CHECK(read->last == 9);
  const auto made = find_function_text(text, "tracepoint__sched__sched_switch");
  REQUIRE(made);
  CHECK(made->first == 10);
  CHECK(made->last == 12);
  CHECK_FALSE(find_function_text(text, "counts"));
}
