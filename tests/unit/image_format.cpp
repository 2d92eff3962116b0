// The image file: back and forth, and every way in which bytes can be wrong.

#include "image/bytes.h"
#include "image/content.h"
#include "sonda/error.h"
#include "support/catch.h"
#include "unit/image_samples.h"

using namespace sonda;
using sonda::test::Contains;
using Bytes = std::vector<std::byte>;

namespace {

std::string refusal(std::span<const std::byte> bytes) {
  try {
    parse_image(bytes);
  } catch (const Error& error) {
    CHECK(error.stage() == Stage::cache);
    return error.cause();
  }
  return "none";
}

// What is said about the sample with one thing changed, the file around it being right.
template <class Change>
std::string refusal_after(Change change) {
  auto image = test::sample_image();
  change(image);
  return refusal(serialize(image));
}

Bytes content_of(const Image& image) {
  Writer writer;
  write_content(writer, image);
  return writer.take();
}

}  // namespace

TEST_CASE("an image comes back as it was") {
  const auto image = test::sample_image();
  const auto bytes = serialize(image);
  const auto back = parse_image(bytes);
  CHECK(back.key == image.key);
  CHECK(back.license == "GPL");
  CHECK(back.kernel_version == image.kernel_version);
  CHECK(back.btf == image.btf);
  REQUIRE(back.programs.size() == 1);
  CHECK(back.programs[0].name == "f");
  CHECK(back.programs[0].maps == image.programs[0].maps);
  CHECK(back.programs[0].lines == image.programs[0].lines);
  CHECK(back.programs[0].btf_type == 7);
  const auto& first = back.programs[0].instructions.at(0);
  CHECK(int{first.code} == 0xb7);
  CHECK(int{first.dst_reg} == 9);
  CHECK(first.off == -1);
  CHECK(first.imm == -2);
  CHECK(int{back.programs[0].instructions.at(1).src_reg} == 1);
  REQUIRE(back.maps.size() == 2);
  CHECK(back.maps[0].value == test::sample_schema());
  CHECK(back.maps[1].event == test::sample_schema());
  CHECK(back.maps[1].inner == "inner");
  CHECK(back.maps[1].linkage == Linkage::exported);
  CHECK(back.maps[1].pin == "/sys/fs/bpf/outer");
  CHECK(back.maps[0].btf_value_type == 5);
  CHECK(serialize(back) == bytes);
}

TEST_CASE("an empty image comes back too") { CHECK(parse_image(serialize(Image{})).programs.empty()); }

TEST_CASE("programs and maps are found by name, or the names that there are are listed") {
  const auto image = test::sample_image();
  CHECK(image.program("f").btf_type == 7);
  CHECK(image.map("outer").inner == "inner");
  try {
    static_cast<void>(image.map("Inner"));
    FAIL("found");
  } catch (const Error& error) {
    CHECK(error.stage() == Stage::load);
    CHECK(error.subject() == "Inner");
    CHECK_THAT(error.cause(), Contains("inner, outer"));
  }
  CHECK_THROWS_WITH(static_cast<void>(Image{}.program("f")), Contains("no program of this name; it has none"));
}

TEST_CASE("every shorter file is refused") {
  const auto bytes = serialize(test::sample_image());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const Bytes cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    INFO("length " << length);
    CHECK_THAT(refusal(cut), Contains("cut short"));
  }
  auto longer = bytes;
  longer.push_back(std::byte{});
  CHECK_THAT(refusal(longer), Contains("were written"));
}

TEST_CASE("every altered byte of a file is noticed") {
  const auto bytes = serialize(test::sample_image());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto altered = bytes;
    altered[at] ^= std::byte{0x10};
    INFO("byte " << at);
    CHECK(refusal(altered) != "none");
  }
}

TEST_CASE("an altered content under a right checksum is refused or consistent") {
  const auto content = content_of(test::sample_image());
  std::size_t refused = 0, accepted = 0;
  for (std::size_t at = 0; at < content.size(); ++at)
    for (const auto change : {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff}) {
      auto altered = content;
      altered[at] ^= static_cast<std::byte>(change);
      try {
        const auto image = parse_image(seal(altered));
        for (const auto& map : image.maps)
          for (const auto* schema : {&map.key, &map.value, &map.event}) CHECK_NOTHROW(validate(*schema));
        CHECK(content_of(image) == altered);
        ++accepted;
      } catch (const Error& error) {
        if (error.stage() != Stage::cache) FAIL("at " << at << ": " << error.what());
        ++refused;
      }
    }
  CHECK(refused > content.size());
  CHECK(accepted > content.size());
}

TEST_CASE("every cut of the content under a right checksum is refused") {
  const auto content = content_of(test::sample_image());
  for (std::size_t length = 0; length < content.size(); ++length) {
    INFO("length " << length);
    CHECK(refusal(seal(std::span(content).first(length))) != "none");
  }
  auto longer = content;
  longer.resize(content.size() + 3);
  CHECK_THAT(refusal(seal(longer)), Contains("3 bytes are left over"));
}

TEST_CASE("other files and other formats are told apart") {
  auto bytes = serialize(test::sample_image());
  auto other = bytes;
  other[0] = std::byte{'X'};
  CHECK_THAT(refusal(other), Contains("not an image file"));
  auto newer = bytes;
  newer[8] = static_cast<std::byte>(image_format + 1);
  CHECK_THAT(refusal(newer), Contains("newer than this program's"));
  auto older = bytes;
  older[8] = std::byte{0};
  CHECK_THAT(refusal(older), Contains("older than this program's"));
  auto altered = bytes;
  altered[40] ^= std::byte{1};
  CHECK_THAT(refusal(altered), Contains("altered"));
}

TEST_CASE("an inconsistent image is refused with the reason") {
  CHECK_THAT(refusal_after([](Image& i) { i.programs[0].maps[0].map = 2; }), Contains("a map that is not there"));
  CHECK_THAT(refusal_after([](Image& i) { i.programs[0].maps[0].instruction = 0; }), Contains("loads no address"));
  CHECK_THAT(refusal_after([](Image& i) { i.programs[0].maps[0].instruction = 2; }), Contains("loads no address"));
  CHECK_THAT(refusal_after([](Image& i) { i.programs[0].maps[0].instruction = 0xffffffff; }),
             Contains("loads no address"));
  CHECK_THAT(refusal_after([](Image& i) { i.programs[0].instructions.resize(2); }), Contains("loads no address"));
  CHECK_THAT(refusal_after([](Image& i) { i.programs[0].lines[0].instruction = 5; }), Contains("line beyond its end"));
  CHECK_THAT(refusal_after([](Image& i) { i.programs[0].lines[0].text_offset = 4; }), Contains("text is not there"));
  CHECK_THAT(refusal_after([](Image& i) { i.programs[0].subprograms = {{"g", 5, 0}}; }), Contains("not lie inside"));
  CHECK_THAT(refusal_after([](Image& i) { i.programs[0].subprograms = {{"g", 0, 0}}; }), Contains("not lie inside"));
  CHECK_THAT(refusal_after([](Image& i) { i.programs[0].subprograms = {{"g", 3, 0}, {"h", 3, 0}}; }),
             Contains("not lie inside"));
  CHECK_THAT(refusal_after([](Image& i) { i.maps[0].initial.resize(3); }), Contains("begins with a value"));
  CHECK_THAT(refusal_after([](Image& i) {
               i.maps[1].holds = Holds::variables;
               i.maps[1].initial.resize(i.maps[1].value_size);
             }),
             Contains("holds variables and is no array"));
  CHECK_THAT(refusal_after([](Image& i) { i.programs[0].name.clear(); }), Contains("has no name"));
  CHECK_THAT(refusal_after([](Image& i) { i.programs[0].instructions.clear(); }), Contains("no instructions"));
  CHECK_THAT(refusal_after([](Image& i) { i.maps[0].key_size = 4; }), Contains("keys of another size"));
  CHECK_THAT(refusal_after([](Image& i) { i.maps[0].value_size = 49; }), Contains("values of another size"));
  CHECK_THAT(refusal_after([](Image& i) { i.maps[1].value_size = 1U << 31; }), Contains("too large"));
  CHECK_THAT(refusal_after([](Image& i) { i.maps[1].inner = "lost"; }), Contains("like 'lost'"));
  CHECK_THAT(refusal_after([](Image& i) { i.maps[1].name.assign(5000, 'x'); }), Contains("at most 4096"));
  CHECK_THAT(refusal_after([](Image& i) { i.maps[1].event.types[0].fields[0].type = 99; }),
             Contains("describes a type wrongly"));
}

TEST_CASE("a million instructions are the most, in all programs together") {
  auto image = test::sample_image();
  const auto nothing = test::instruction(0xb7, 0, 0, 0, 0);
  image.programs[0].instructions.resize(most_instructions - 1, nothing);
  image.programs.push_back({.name = "g", .instructions = {nothing}});
  CHECK(refusal(serialize(image)) == "none");
  image.programs[1].instructions.push_back(nothing);
  CHECK_THAT(refusal(serialize(image)), Contains("more than a million"));
}

TEST_CASE("a small file cannot ask for much memory") {
  // A content that claims 2^61 programs right after key and license.
  Image none;
  auto content = content_of(none);
  const auto programs = content.size() - 3 * sizeof(std::uint64_t);
  content[programs + 7] = std::byte{0x20};
  CHECK_THAT(refusal(seal(content)), Contains("it claims"));

  Writer writer;
  writer.number<std::uint64_t>(UINT64_MAX);
  const auto bytes = writer.take();
  CHECK_THROWS_AS(Reader(bytes).text(), Error);
  CHECK_THROWS_AS(Reader(bytes).bytes(), Error);
  CHECK_THROWS_AS(Reader(bytes).list(0, [] { return 0; }), Error);
}

TEST_CASE("bytes: numbers, texts and lists come back") {
  Writer writer;
  writer.number<std::int16_t>(-2);
  writer.number(Stage::attach);
  writer.number(true);
  writer.text("a\0b");
  writer.text(std::string_view("a\0b", 3));
  writer.list(std::vector<int>{1, -1}, [&](int number) { writer.number(number); });
  const auto bytes = writer.take();
  CHECK(writer.written().empty());

  Reader reader(bytes, "answer", Stage::compile);
  CHECK(reader.number<std::int16_t>() == -2);
  CHECK(reader.enumerator(Stage::report) == Stage::attach);
  CHECK(reader.boolean());
  CHECK(reader.text() == "a");
  CHECK(reader.text() == std::string("a\0b", 3));
  CHECK(reader.list(sizeof(int), [&] { return reader.number<int>(); }) == std::vector<int>{1, -1});
  CHECK_NOTHROW(reader.require_end());
  try {
    reader.number<std::uint8_t>();
    FAIL("read beyond the end");
  } catch (const Error& error) {
    CHECK(error.stage() == Stage::compile);
    CHECK(error.subject() == "answer");
  }
}

TEST_CASE("bytes: unknown enumerators and booleans are refused") {
  Writer writer;
  writer.number(Stage::report);
  writer.number<std::uint8_t>(2);
  const auto bytes = writer.take();
  Reader reader(bytes);
  CHECK_THROWS_AS(reader.enumerator(Stage::attach), Error);
  CHECK_THROWS_AS(reader.boolean(), Error);
}

TEST_CASE("keys that differ anywhere have other bytes and other names") {
  const auto key = test::sample_image().key;
  std::vector<ImageKey> keys(10, key);
  keys[1].probe += 'x';
  keys[2].source += ' ';
  keys[3].flags = {"-DN=", "1"};
  keys[4].flags = {"-DN=1"};
  keys[5].headers = "kernel";
  keys[6].kernel += "1";
  keys[7].compiler.clear();
  keys[8].sonda += ".1";
  // The same characters, divided otherwise.
  keys[9].probe = "demo.";
  keys[9].source = "c" + key.source;
  for (std::size_t i = 0; i < keys.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) CHECK(hash_name(keys[i]) != hash_name(keys[j]));
  CHECK(hash_name(key).size() == 32);
  CHECK(hash_name(key).find_first_not_of("0123456789abcdef") == std::string::npos);

  Writer writer;
  serialize_key(writer, key);
  Reader reader(writer.written());
  CHECK(parse_key(reader) == key);
  reader.require_end();
}
