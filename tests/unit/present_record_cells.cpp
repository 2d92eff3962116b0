// Records printed by their plan, against lines that were written by hand.
#include "present/record_cells.h"

#include <cerrno>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "read/stacks.h"
#include "support/catch.h"

using namespace sonda;
using present::RecordCells;
using report::Format;

namespace {

enum Type : std::uint32_t { record, u8, s16, u32, u64, s64, truth, color, name, character, inner, pair, number };

/// struct { u64 took; u8 low : 3; u8 high : 5; s16 change; u32 pid; bool done; enum color color; char comm[8];
///          struct { u32 a; u32 b[2]; } inner; double share; s64 left; }
Schema everything() {
  Schema schema;
  schema.types = {
      {.kind = Kind::structure, .name = "struct all", .size = 64},
      {.kind = Kind::unsigned_integer, .name = "u8", .size = 1},
      {.kind = Kind::signed_integer, .name = "s16", .size = 2},
      {.kind = Kind::unsigned_integer, .name = "u32", .size = 4},
      {.kind = Kind::unsigned_integer, .name = "u64", .size = 8},
      {.kind = Kind::signed_integer, .name = "s64", .size = 8},
      {.kind = Kind::boolean, .name = "bool", .size = 1},
      {.kind = Kind::enumeration, .name = "enum color", .size = 4, .values = {{"RED", 0}, {"BLUE", 7}}},
      {.kind = Kind::array, .name = "char[8]", .size = 8, .element = character, .count = 8},
      {.kind = Kind::character, .name = "char", .size = 1},
      {.kind = Kind::structure, .name = "struct inner", .size = 12, .fields = {{"a", u32, 0}, {"b", pair, 32}}},
      {.kind = Kind::array, .name = "u32[2]", .size = 8, .element = u32, .count = 2},
      {.kind = Kind::floating, .name = "double", .size = 8},
  };
  schema.types[record].fields = {{"took", u64, 0},       {"low", u8, 64, 3},  {"high", u8, 67, 5},
                                 {"change", s16, 80},    {"pid", u32, 96},    {"done", truth, 128},
                                 {"color", color, 160},  {"comm", name, 192}, {"inner", inner, 256},
                                 {"share", number, 384}, {"left", s64, 448}};
  validate(schema);
  return schema;
}

struct Bytes {
  std::vector<std::byte> all = std::vector<std::byte>(64);

  template <class T>
  Bytes& put(std::size_t at, T value) {
    std::memcpy(all.data() + at, &value, sizeof value);
    return *this;
  }
  Bytes& put(std::size_t at, const std::string& value) {
    std::memcpy(all.data() + at, value.data(), value.size());
    return *this;
  }
};

Bytes sample() {
  Bytes bytes;
  return bytes.put(0, std::uint64_t{18700})
      .put(8, static_cast<std::uint8_t>(5 | 17 << 3))
      .put(10, std::int16_t{-2})
      .put(12, std::uint32_t{4'000'000'000})
      .put(16, std::uint8_t{1})
      .put(20, std::int32_t{7})
      .put(24, std::string("a\"b"))
      .put(32, std::uint32_t{1})
      .put(36, std::uint32_t{2})
      .put(40, std::uint32_t{3})
      .put(48, 0.25)
      .put(56, std::numeric_limits<std::int64_t>::min());
}

class Shown {
 public:
  explicit Shown(Schema schema, const std::string& source = "")
      : schema_(std::move(schema)),
        source_(ProbeSource::from_text("p.c", source)),
        loaded_(Image{}),
        cells_(schema_, "events", "event", source_, loaded_, resources_) {
    for (const auto& column : cells_.columns()) columns_.push_back(column.column);
    for (auto& column : columns_) column.width = 0;
  }

  const RecordCells& cells() const { return cells_; }
  std::string row(Format format, const Bytes& bytes) const {
    return row(format, cells_, RecordView(bytes.all, schema_));
  }
  std::string row(Format format, const RecordCells& cells, const RecordView& record) const {
    std::string line;
    report::RowWriter writer(line, format);
    writer.begin(columns_);
    cells.print(writer, record);
    writer.end();
    return line;
  }
  std::string json(const Bytes& bytes) const {
    std::string line;
    cells_.append_json(line, RecordView(bytes.all, schema_));
    return line;
  }
  int compare(const char* name, const Bytes& a, const Bytes& b) const {
    const auto column = static_cast<std::size_t>(
        std::ranges::find(cells_.columns(), name, &present::RecordColumn::name) - cells_.columns().begin());
    const RecordView one(a.all, schema_), other(b.all, schema_);
    const auto left = cells_.rank(column, one), right = cells_.rank(column, other);
    const auto order = cells_.compare(column, one, other);
    CHECK((order < 0 ? left <= right : order > 0 ? left >= right : left == right));
    return order < 0 ? -1 : order > 0 ? 1 : 0;
  }

 private:
  Schema schema_;
  ProbeSource source_;
  LoadedImage loaded_;
  ShowResources resources_;
  RecordCells cells_;
  std::vector<report::Column> columns_;
};

const std::string show_took = "// @show took as duration\n";

}  // namespace

TEST_CASE("a record of everything, in each format") {
  const Shown shown(everything(), show_took);
  const auto bytes = sample();
  CHECK(shown.row(Format::text, bytes) ==
        "18.7 us 5 17 -2 4000000000 yes BLUE a\"b {a=1, b=[2, 3]} 0.25 -9223372036854775808\n");
  CHECK(shown.row(Format::csv, bytes) ==
        "18700,5,17,-2,4000000000,true,BLUE,\"a\"\"b\",\"{a=1, b=[2, 3]}\",0.25,-9223372036854775808\r\n");
  CHECK(shown.json(bytes) ==
        R"({"took":18700,"low":5,"high":17,"change":-2,"pid":4000000000,"done":true,"color":"BLUE","comm":"a\"b",)"
        R"("inner":{"a":1,"b":[2,3]},"share":0.25,"left":-9223372036854775808})");
}

TEST_CASE("the schema says types and units") {
  const Shown shown(everything(), show_took);
  std::string line;
  shown.cells().append_schema(line);
  CHECK(line.starts_with(R"([{"name":"took","type":"u64","as":"duration","unit":"ns"},{"name":"low","type":"u8"},)"));
  CHECK(line.ends_with(R"({"name":"left","type":"s64"}])"));
}

TEST_CASE("amounts are in base units for machines, numbers with names go by them everywhere") {
  const Shown shown(everything(),
                    "// @show took as duration(us)\n// @show change as errno\n// @show pid as size(KiB)\n"
                    "// @show left as duration(s)\n// @show color as signal\n");
  auto bytes = sample();
  CHECK(shown.row(Format::text, bytes) ==
        "18.7 ms 5 17 ENOENT 3.7 TiB yes SIGBUS a\"b {a=1, b=[2, 3]} 0.25 -18446744073.7 s\n");
  CHECK(shown.row(Format::csv, bytes) ==
        "18700000,5,17,ENOENT,4096000000000,true,SIGBUS,\"a\"\"b\",\"{a=1, b=[2, 3]}\",0.25,-9223372036854775808\r\n");
  CHECK_THAT(shown.json(bytes), Catch::StartsWith(R"({"took":18700000,"low":5,"high":17,"change":"ENOENT",)"
                                                  R"("pid":4096000000000,"done":true,"color":"SIGBUS",)"));
  bytes.put(10, std::int16_t{77}).put(20, std::int32_t{0});
  CHECK_THAT(shown.row(Format::text, bytes), Catch::Contains(" 17 EBADFD "));
  bytes.put(10, std::int16_t{600});
  CHECK_THAT(shown.json(bytes), Catch::Contains(R"("change":600,)") && Catch::Contains(R"("color":"RED",)"));
  CHECK(shown.compare("took", bytes, sample()) == 0);
  CHECK(shown.compare("change", sample(), bytes) == -1);
  std::string line;
  shown.cells().append_schema(line);
  CHECK(line.starts_with(R"x([{"name":"took","type":"u64","as":"duration(us)","unit":"ns"},)x"));
  CHECK_THAT(line, Catch::Contains(R"x({"name":"change","type":"s16","as":"errno"})x") &&
                       Catch::Contains(R"x({"name":"pid","type":"u32","as":"size(KiB)","unit":"bytes"})x"));
}

TEST_CASE("a stack in JSON is an array of frames") {
  Schema schema;
  schema.types = {{.kind = Kind::structure, .name = "struct t", .size = 4, .fields = {{"where", 1, 0}}},
                  {.kind = Kind::signed_integer, .name = "int", .size = 4}};
  Image image;
  image.maps = {
      {.name = "stacks", .type = BPF_MAP_TYPE_STACK_TRACE, .key_size = 4, .value_size = 1016, .max_entries = 8}};
  const LoadedImage loaded(image, {}, [](const MapSpec& spec) { return std::make_shared<Map>(spec, UniqueFd()); });
  ShowResources resources;
  const auto source = ProbeSource::from_text("p.c", "// @show where as stack\n");
  const RecordCells cells(schema, "events", "event", source, loaded, resources);
  const auto json = [&](std::int32_t id) {
    std::string line;
    const auto bytes = std::as_bytes(std::span(&id, 1));
    cells.append_json(line, RecordView(bytes, schema));
    return line;
  };
  CHECK(json(-EFAULT) == R"({"where":[]})");
  // It is lost: the reason stands where the function would.
  const auto reason = read_stack(loaded.map("stacks"), -EEXIST).missing;
  CHECK_THAT(reason, Catch::Contains("lost"));
  CHECK(json(-EEXIST) == R"({"where":[{"symbol":"[)" + reason + R"(]","offset":0,"module":null}]})");
}

TEST_CASE("an enumerator without a name is its number, a text that fills its array has no end") {
  const Shown shown(everything());
  auto bytes = sample();
  bytes.put(20, std::int32_t{3}).put(24, std::string("12345678"));
  CHECK_THAT(shown.row(Format::text, bytes), Catch::Contains(" 3 12345678 "));
}

TEST_CASE("fields that did not come are nothing in a row, and not in JSON") {
  const Shown shown(everything());
  Schema part = everything();
  part.types[record].fields.resize(2);
  part.types[record].size = 16;
  const RecordCells cells(shown.cells(), part);
  const auto bytes = sample();
  const RecordView record(bytes.all, part);
  CHECK(shown.row(Format::text, cells, record) == "18700 5 - - - - - - - - -\n");
  std::string line;
  cells.append_json(line, record);
  CHECK(line == R"({"took":18700,"low":5})");
}

TEST_CASE("columns are compared by value, whatever is shown") {
  const Shown shown(everything(), show_took);
  const auto less = sample();
  auto more = sample();
  more.put(0, std::uint64_t{1'000'000}).put(8, static_cast<std::uint8_t>(6 | 3 << 3)).put(10, std::int16_t{1});
  more.put(24, std::string("a\"bc")).put(48, 0.5).put(56, std::int64_t{-1}).put(36, std::uint32_t{9});
  for (const auto* column : {"took", "low", "change", "comm", "share", "left", "inner"}) {
    INFO(column);
    CHECK(shown.compare(column, less, more) == -1);
    CHECK(shown.compare(column, more, less) == 1);
    CHECK(shown.compare(column, more, more) == 0);
  }
  CHECK(shown.compare("high", less, more) == 1);
}

TEST_CASE("texts that share their first eight bytes are told apart") {
  Schema schema;
  schema.types = {{.kind = Kind::structure, .name = "struct t", .size = 64, .fields = {{"name", 1, 0}}},
                  {.kind = Kind::array, .name = "char[64]", .size = 64, .element = 2, .count = 64},
                  {.kind = Kind::character, .name = "char", .size = 1}};
  const Shown shown(schema);
  Bytes one, other;
  one.put(0, std::string("kworker/u4:1"));
  other.put(0, std::string("kworker/u4:2"));
  CHECK(shown.compare("name", one, other) == -1);
  CHECK(shown.compare("name", one, one) == 0);
}

TEST_CASE("cells are as wide as they are measured") {
  const Shown shown(everything(), show_took);
  const auto schema = everything();
  const auto bytes = sample();
  std::vector<std::size_t> widths(shown.cells().columns().size());
  shown.cells().measure(widths, RecordView(bytes.all, schema));
  CHECK(widths == std::vector<std::size_t>{7, 1, 2, 2, 10, 3, 4, 3, 15, 4, 20});
  auto wide = sample();
  wide.put(24, std::string("\xe6\xbc\xa2\x1b"));  // two columns, and four for the escape
  shown.cells().measure(widths, RecordView(wide.all, schema));
  CHECK(widths[7] == 6);
}
