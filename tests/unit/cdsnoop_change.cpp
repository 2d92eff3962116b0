// Rows from the probe's bytes, and bash's messages from their parts.
#include <cstring>

#include "sonda/error.h"
#include "support/catch.h"
#include "tools/cdsnoop/change.h"

using namespace sonda::cdsnoop;

namespace {

constexpr std::uint8_t cut_prev = 1, cut_command = 4, no_prev = 8;

std::vector<std::byte> row_bytes(RowHead head, const std::array<std::string, 6>& texts) {
  std::string all;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    head.length[i] = static_cast<std::uint16_t>(texts[i].size());
    all += texts[i];
  }
  std::vector<std::byte> bytes(sizeof head + all.size());
  std::memcpy(bytes.data(), &head, sizeof head);
  std::memcpy(bytes.data() + sizeof head, all.data(), all.size());
  return bytes;
}

Change failure(int error, const std::string& format, const std::string& first = {}, const std::string& second = {}) {
  RowHead head;
  head.status = 1;
  head.error = error;
  return decode_change(row_bytes(head, {"/a", "/a", "", format, first, second}));
}

std::string reason(const Change& change) { return reason_of(change, "TEXT").value_or("none"); }

}  // namespace

TEST_CASE("a row's fields and texts are read") {
  RowHead head;
  head.time = 42;
  head.pid = 1;
  head.ppid = 2;
  head.uid = 3;
  head.builtin = 1;
  const auto change = decode_change(row_bytes(head, {"/a", "/b c", std::string("-P\0two words\0", 13), "", "", ""}));
  CHECK(change.time == 42);
  CHECK(change.pid == 1);
  CHECK(change.ppid == 2);
  CHECK(change.uid == 3);
  CHECK(change.builtin == sonda::bash::Builtin::pushd);
  CHECK(change.prev_dir == "/a");
  CHECK(change.curr_dir == "/b c");
  CHECK(change.words == std::vector<std::string>{"-P", "two words"});
  CHECK_FALSE(change.failed());
  CHECK(command_of(change) == "pushd -P 'two words'");
  CHECK(reason(change) == "none");
}

TEST_CASE("what was cut says so, what is not known is nothing") {
  RowHead head;
  head.flags = cut_prev | cut_command;
  const auto cut = decode_change(row_bytes(head, {"/long", "/b", std::string("x\0", 2), "", "", ""}));
  CHECK(cut.prev_dir == "/long…");
  CHECK(command_of(cut) == "cd x …");
  head.flags = no_prev;
  CHECK_FALSE(decode_change(row_bytes(head, {"", "/b", "", "", "", ""})).prev_dir);
}

TEST_CASE("an empty word is a word") {
  const auto change = decode_change(row_bytes({}, {"/", "/", std::string("\0", 1), "", "", ""}));
  CHECK(change.words == std::vector<std::string>{""});
  CHECK(command_of(change) == "cd ''");
}

TEST_CASE("rows that do not add up are refused") {
  auto bytes = row_bytes({}, {"/a", "/b", "", "", "", ""});
  bytes.pop_back();
  CHECK_THROWS_AS(decode_change(bytes), sonda::Error);
  bytes.resize(7);
  CHECK_THROWS_AS(decode_change(bytes), sonda::Error);
  CHECK_THROWS_AS(decode_change({}), sonda::Error);
  RowHead head;
  head.builtin = 3;
  CHECK_THROWS_AS(decode_change(row_bytes(head, {})), sonda::Error);
}

TEST_CASE("words are quoted where a shell needs it") {
  CHECK(quote_for_shell("/usr/lib-x_1.2") == "/usr/lib-x_1.2");
  CHECK(quote_for_shell("") == "''");
  CHECK(quote_for_shell("a b") == "'a b'");
  CHECK(quote_for_shell("it's") == "'it'\\''s'");
  CHECK(quote_for_shell("$x") == "'$x'");
  CHECK(quote_for_shell("~") == "'~'");
  CHECK(quote_for_shell("ünï目") == "ünï目");
  CHECK(quote_for_shell("a\nb") == "'a\nb'");
}

TEST_CASE("the reason is the errno's text where bash gives one") {
  CHECK(reason(failure(2, "%s: %s", "nowhere", "bash's words")) == "TEXT");
  CHECK(reason(failure(0, "%s: %s", "nowhere", "bash's words")) == "nowhere: bash's words");
  CHECK(reason(failure(28, "write error: %s", "bash's words")) == "write error: TEXT");
  CHECK(reason(failure(2, "")) == "TEXT");
}

TEST_CASE("else it is what bash says") {
  CHECK(reason(failure(0, "HOME not set")) == "HOME not set");
  CHECK(reason(failure(0, "%s: invalid option", "-Z")) == "-Z: invalid option");
  CHECK(reason(failure(0, "%s: %s", "-Z", "invalid number")) == "-Z: invalid number");
  CHECK(reason(failure(0, "%s: %s out of range", "+9", "directory stack index")) ==
        "+9: directory stack index out of range");
  CHECK(reason(failure(0, "")) == "failed with status 1");
  const auto stray = failure(2, "%s: readonly variable", "OLDPWD");
  CHECK(reason(stray) == "OLDPWD: readonly variable");
  CHECK(stray.error == 0);
}

TEST_CASE("formats are filled in as printf would, and only with what there is") {
  CHECK(fill_in("%2$s of %1$s", "a", "b") == "b of a");
  CHECK(fill_in("100%% %s", "a", "") == "100% a");
  CHECK(fill_in("%s %s %s", "a", "b") == "a b %s");
  CHECK(fill_in("%d %", "a", "b") == "%d %");
  CHECK(fill_in("%s", "%s%n", "") == "%s%n");
  CHECK(fill_in("", "a", "b").empty());
}

TEST_CASE("asking for help changes nothing") {
  RowHead head;
  head.status = 258;
  CHECK(decode_change(row_bytes(head, {"/", "/", std::string("--help\0", 7), "", "", ""})).asks_for_help());
  CHECK_FALSE(decode_change(row_bytes({}, {"/", "/", std::string("--help\0", 7), "", "", ""})).asks_for_help());
}
