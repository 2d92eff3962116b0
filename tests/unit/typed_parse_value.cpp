// Keys and values as people type them: what is printed is read back, and what is wrong is said.

#include "support/catch.h"
#include "support/error_of.h"
#include "typed/parse_value.h"
#include "unit/schema_samples.h"

using namespace sonda;
using namespace sonda::test;
using sonda::test::error_of;

namespace {

Type enumeration() {
  return {.kind = Kind::enumeration,
          .name = "enum state",
          .size = 4,
          .values = {{"IDLE", 0}, {"RUNNING", 1}, {"FAILED", -1}},
          .is_signed = true};
}

/// struct { u32 pid; int result; char comm[8]; u64 took; unsigned low : 3; int high : 5; u16 ports[2]; }
Schema record() {
  return {{structure(32, {{"pid", 1, 0, 0},
                          {"result", 2, 32, 0},
                          {"comm", 3, 64, 0},
                          {"took", 5, 128, 0},
                          {"low", 1, 192, 3},
                          {"high", 2, 195, 5},
                          {"ports", 6, 224, 0}}),
           integer(4), signed_integer(4), array(4, 8, 8), character(), integer(8), array(7, 2, 4), integer(2)}};
}

std::string read_back(const Bytes& bytes, const Schema& schema) { return to_text(RecordView(bytes, schema).value()); }
std::string said(std::string_view text, const Schema& schema) { return read_back(parse_value(text, schema), schema); }

TypedAs shown_as(Show show) {
  return {[show](std::string_view) { return std::optional(show); }, nullptr};
}

}  // namespace

TEST_CASE("what is printed is read back, of every kind", "[parse]") {
  struct Row {
    Schema schema;
    std::string text;
  };
  const Schema number{{integer(4)}}, minus{{signed_integer(1)}}, wide{{integer(16)}};
  const auto row = GENERATE_REF(values<Row>({
      {number, "0"},
      {number, "4294967295"},
      {minus, "-128"},
      {minus, "127"},
      {{{integer(8)}}, "18446744073709551615"},
      {{{signed_integer(8)}}, "-9223372036854775808"},
      {wide, "0xf0000000000000000000000000000201"},
      {{{{.kind = Kind::boolean, .name = "bool", .size = 1}}}, "true"},
      {{{{.kind = Kind::boolean, .name = "bool", .size = 1}}}, "false"},
      {{{{.kind = Kind::pointer, .name = "void *", .size = 8}}}, "4096"},
      {{{{.kind = Kind::floating, .name = "double", .size = 8}}}, "-0.25"},
      {{{{.kind = Kind::floating, .name = "float", .size = 4}}}, "1.5"},
      {{{{.kind = Kind::bytes, .size = 3}}}, "de000f"},
      {{{character()}}, "R"},
      {{{character()}}, "\\x05"},
      {{{enumeration()}}, "RUNNING"},
      {{{enumeration()}}, "FAILED"},
      {{{enumeration()}}, "7"},
      {{{array(1, 8, 8), character()}}, "cd .."},
      {{{array(1, 8, 8), character()}}, "a\\nb\\\\c"},
      {{{array(1, 8, 8), character()}}, "12345678"},
      {{{array(1, 3, 6), integer(2)}}, "[1, 2, 3]"},
      {{{array(1, 2, 6), array(2, 3, 3), integer(1)}}, "[[1, 2, 3], [4, 5, 6]]"},
      {{{array(1, 2, 8), array(2, 4, 4), character()}}, "[a, bcde]"},
      {record(), "{pid=12, result=-2, comm=cat, took=1500, low=5, high=-16, ports=[80, 443]}"},
      {record(), "{pid=0, result=0, comm=, took=0, low=0, high=0, ports=[0, 0]}"},
  }));
  CAPTURE(row.text);
  CHECK(said(row.text, row.schema) == row.text);
  CHECK(said("  " + row.text + "  ", row.schema) == row.text);
  const auto bytes = parse_value(row.text, row.schema);
  CHECK(said(to_typed_text(RecordView(bytes, row.schema).value()), row.schema) == row.text);
}

TEST_CASE("numbers come in any base, and only if they fit", "[parse]") {
  const Schema byte{{integer(1)}}, minus{{signed_integer(1)}};
  CHECK(said("0xff", byte) == "255");
  CHECK(said("0b101", byte) == "5");
  CHECK(said("0o17", byte) == "15");
  CHECK(said("+7", byte) == "7");
  CHECK(said("0xff", minus) == "-1");
  for (const char* wrong : {"256", "-1", "", "1.5", "0x", "0x100", "12a", "0b2", "99999999999999999999"}) {
    CAPTURE(wrong);
    CHECK(error_of([&] { parse_value(wrong, byte); }).cause().find("a whole number from 0 to 255") !=
          std::string::npos);
  }
  CHECK(error_of([&] { parse_value("017", byte); }).hint().find("0o") != std::string::npos);
  CHECK(error_of([&] { parse_value("128", minus); }).cause().find("from -128 to 127, not '128'") != std::string::npos);
  CHECK(error_of([&] { parse_value("1 2", byte); }).cause() == "there is more than the value");
}

TEST_CASE("a struct is typed by names, in order, or as its columns stand", "[parse]") {
  const auto all = "{pid=12, result=-2, comm=a b, took=9, low=1, high=2, ports=[3, 4]}";
  CHECK(said("{12, -2, a b, 9, 1, 2, [3, 4]}", record()) == all);
  CHECK(said("12 -2 'a b' 9 1 2 [3, 4]", record()) == all);
  CHECK(said("{comm=\"x, y}\"}", record()) == "{pid=0, result=0, comm=x, y}, took=0, low=0, high=0, ports=[0, 0]}");
  CHECK(said("{ took = 5 , pid=0x10 }", record()) == "{pid=16, result=0, comm=, took=5, low=0, high=0, ports=[0, 0]}");
  CHECK(said("{ports=[7]}", record()).ends_with("ports=[7, 0]}"));
}

TEST_CASE("what is wrong in a struct is shown where it is", "[parse]") {
  struct Row {
    std::string text, subject, cause;
    std::size_t column;
  };
  const auto row = GENERATE(values<Row>({
      {"{pid=x}", "pid", "expected a whole number from 0 to 4294967295, not 'x'", 6},
      {"{pdi=1}", "pdi", "struct demo has no such field", 2},
      {"{pid=1, pid=2}", "pid", "it is given twice", 9},
      {"{low=8}", "low", "expected a whole number from 0 to 7, not '8'", 6},
      {"{high=16}", "high", "expected a whole number from -16 to 15, not '16'", 7},
      {"{comm=123456789}", "comm", "the text has 9 bytes, and there is room for 8", 7},
      {"{comm=\"abc}", "\"abc}", "the closing \" is missing", 7},
      {"{comm=\\q}", "\\q", "there is no such escape", 7},
      {"{ports=[1, 2, 3]}", "ports", "the list has more than 2 elements", 15},
      {"{ports=[1, x]}", "ports[1]", "expected a whole number from 0 to 65535, not 'x'", 12},
      {"{ports=5}", "ports", "expected a list of 2, [..., ...], not '5'", 8},
      {"{pid=1", "value", "expected ',' or '}'", 7},
      {"{pid=1, 2}", "value", "expected a field's name and '=', not '2'", 9},
      {"1 2", "comm", "expected a value for each of 7 fields, or {...}", 4},
  }));
  CAPTURE(row.text);
  const auto error = error_of([&] { parse_value(row.text, record()); });
  CHECK(error.stage() == Stage::usage);
  CHECK(error.exit() == Exit::usage);
  CHECK(error.subject() == row.subject);
  CHECK(error.cause() == row.cause);
  const auto caret = error.excerpt().rfind('^');
  REQUIRE(caret != std::string::npos);
  const auto line = error.excerpt().substr(0, error.excerpt().find('\n'));
  const auto indent = line.find(row.text.substr(0, 1));
  CHECK(caret - error.excerpt().rfind('\n', caret) - 1 == indent + row.column - 1);
  CHECK(error_of([&] { parse_value("{pdi=1}", record()); }).hint() == "did you mean 'pid'?");
}

TEST_CASE("an enumerator goes by its name, and near names are told", "[parse]") {
  const Schema state{{enumeration()}};
  const auto error = error_of([&] { parse_value("RUNING", state); });
  CHECK(error.cause().find("a name of enum state") != std::string::npos);
  CHECK(error.hint() == "did you mean 'RUNNING'?");
}

TEST_CASE("members of a union share bytes: they must agree", "[parse]") {
  const Schema schema{{structure(8, {{"x", 1, 0, 0}, {"", 2, 32, 0}}),
                       integer(4),
                       {.kind = Kind::union_, .name = "", .size = 4, .fields = {{"whole", 1, 0, 0}, {"text", 3, 0, 0}}},
                       array(4, 4, 4),
                       character()}};
  Bytes bytes(8);
  bytes[4] = std::byte{'A'};
  bytes[6] = std::byte{'B'};  // behind the NUL: not printed
  const auto printed = read_back(bytes, schema);
  CHECK(printed == "{x=0, whole=4325441, text=A}");
  CHECK(parse_value(printed, schema) == bytes);
  CHECK(said("{whole=65}", schema) == "{x=0, whole=65, text=A}");
  CHECK(error_of([&] { parse_value("{whole=1, text=A}", schema); }).cause() ==
        "another member has the same bytes, and another value");
}

TEST_CASE("what @show prints is read back", "[parse]") {
  ShowResources resources;
  struct Row {
    Show show;
    Type type;
    std::string text;
  };
  const auto row = GENERATE(values<Row>({
      {Show::ipv4, integer(4), "127.0.0.1"},
      {Show::port, integer(2), "8080"},
      {Show::hex, integer(4), "0xdead"},
      {Show::hex, signed_integer(4), "0xffffffff"},
      {Show::duration, integer(8), "12.3 us"},
      {Show::duration, signed_integer(8), "-1.5 ms"},
      {Show::duration, integer(8), "999 ns"},
      {Show::bytes, integer(8), "1.2 MiB"},
      {Show::bytes, integer(8), "17 B"},
      {Show::microseconds, integer(4), "12.0 us"},
      {Show::microseconds, signed_integer(8), "-1.5 ms"},
      {Show::seconds, integer(8), "90.0 s"},
      {Show::kibibytes, integer(8), "1.5 MiB"},
      {Show::pages, integer(8), "1.5 MiB"},
      {Show::error, signed_integer(4), "EACCES"},
      {Show::error, integer(4), "EACCES"},
      {Show::signal, integer(1), "SIGTERM"},
      {Show::syscall, signed_integer(8), "openat"},
      {Show::syscall, signed_integer(8), "-1"},
      {Show::user, integer(4), "root"},
      {Show::softirq, integer(1), "net_rx"},
      {Show::stack, signed_integer(4), "[no stack]"},
  }));
  if (row.show == Show::stack) {
    CHECK(
        error_of([&] { parse_value(row.text, {{row.type}}, shown_as(row.show)); }).cause().find("the id of a stack") !=
        std::string::npos);
    return;
  }
  CAPTURE(row.text);
  const Schema schema{{row.type}};
  const auto bytes = parse_value(row.text, schema, shown_as(row.show));
  CHECK(show(row.show, RecordView(bytes, schema), {}, resources) == row.text);
}

TEST_CASE("addresses, times and plain numbers in place of them", "[parse]") {
  ShowResources resources;
  const Schema ipv6{{array(1, 16, 16), integer(1)}};
  CHECK(show(Show::ipv6, RecordView(parse_value("fe80::1", ipv6, shown_as(Show::ipv6)), ipv6), {}, resources) ==
        "fe80::1");
  const Schema number{{integer(8)}};
  CHECK(said("1500", number) == "1500");
  CHECK(read_back(parse_value("1500", number, shown_as(Show::duration)), number) == "1500");
  CHECK(read_back(parse_value("1.5us", number, shown_as(Show::duration)), number) == "1500");
  CHECK(read_back(parse_value("1500", number, shown_as(Show::microseconds)), number) == "1500");
  CHECK(read_back(parse_value("1.5 ms", number, shown_as(Show::microseconds)), number) == "1500");
  CHECK(read_back(parse_value("EACCES", number, shown_as(Show::error)), number) == "13");
  const Schema result{{signed_integer(4)}};
  CHECK(read_back(parse_value("EACCES", result, shown_as(Show::error)), result) == "-13");
  CHECK(read_back(parse_value("13", result, shown_as(Show::error)), result) == "13");
  CHECK(read_back(parse_value("8388609", number, shown_as(Show::dev)), number) == "8388609");
  CHECK(error_of([&] { parse_value("EACCESS", result, shown_as(Show::error)); }).cause() ==
        "expected the number of an error, also below 0, or its name, not 'EACCESS'");
  CHECK(error_of([&] { parse_value("bpf", {{integer(1)}}, shown_as(Show::syscall)); }).cause().find("not 'bpf'") !=
        std::string::npos);
  const TypedAs time{[](std::string_view) { return std::optional(Show::time); }, &resources};
  const auto noon = parse_value("00:00:00.25", number, time);
  CHECK(show(Show::time, RecordView(noon, number), {}, resources) == "00:00:00.250000");
  CHECK(error_of([&] { parse_value("25:00:00", number, time); }).cause().find("a time of day") != std::string::npos);
  CHECK(error_of([&] { parse_value("1.2.3", {{integer(4)}}, shown_as(Show::ipv4)); }).cause().find("127.0.0.1") !=
        std::string::npos);
  CHECK(error_of([&] { parse_value("70000", {{integer(2)}}, shown_as(Show::port)); }).cause().find("65535") !=
        std::string::npos);
  CHECK(error_of([&] { parse_value("-1 us", number, shown_as(Show::duration)); }).cause().find("12.3 us") !=
        std::string::npos);
}

TEST_CASE("values of CPUs are one for all, or a list", "[parse]") {
  const Schema number{{integer(4)}};
  const auto all = parse_cpu_values("7", number, 2, 8);
  REQUIRE(all.size() == 16);
  CHECK(all[0] == std::byte{7});
  CHECK(all[8] == std::byte{7});
  const auto each = parse_cpu_values("[1, 2]", number, 2, 8);
  CHECK(each[0] == std::byte{1});
  CHECK(each[8] == std::byte{2});
  const Schema list{{array(1, 2, 8), integer(4)}};
  CHECK(parse_cpu_values("[1, 2]", list, 2, 8)[12] == std::byte{2});
  CHECK(parse_cpu_values("cpus[[1, 2], [3, 4]]", list, 2, 8)[8] == std::byte{3});
  CHECK(error_of([&] { parse_cpu_values("[1]", number, 2, 8); }).cause().find("each of 2 CPUs") != std::string::npos);
  CHECK(error_of([&] { parse_cpu_values("[1, 2, 3]", number, 2, 8); }).cause().find("after the values of 2 CPUs") !=
        std::string::npos);
}
