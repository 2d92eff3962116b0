// A rejection, told on the user's own line.
#include <string>

#include "support/catch.h"
#include "verifier/refusal.h"

namespace {

using namespace sonda;

Image image() {
  Image image;
  image.key.probe = "count.c";
  image.key.source =
      "BPF_HASH(counts, u32);\n"
      "int count(void *ctx) {\n"
      "\tu64 *n = counts.lookup(&key);\n"
      "\t*n += 1;\n"
      "  return 0;\n"
      "}\n";
  return image;
}

ProgramSpec program() {
  ProgramSpec spec;
  spec.name = "count";
  spec.lines = {{0, 0, 0, 2, 1}, {3, 0, 0, 3, 11}, {6, 0, 0, 0, 0}, {7, 0, 0, 4, 0}, {9, 0, 0, 5, 200}};
  return spec;
}

VerifierReport report(int instruction) {
  VerifierReport report;
  report.instruction = instruction;
  report.reason = "R0 invalid mem access 'map_value_or_null'";
  report.explanation = "nothing may have been found";
  report.hint = "check it";
  return report;
}

}  // namespace

TEST_CASE("an instruction belongs to the last line that began before it") {
  const auto spec = program();
  CHECK(line_of(spec, 0)->line == 2);
  CHECK(line_of(spec, 2)->line == 2);
  CHECK(line_of(spec, 3)->line == 3);
  CHECK(line_of(spec, 6)->line == 3);  // a record without a line belongs to the one before
  CHECK(line_of(spec, 8)->line == 4);
  CHECK(line_of(spec, 1000)->line == 5);
  CHECK(line_of(spec, -1) == nullptr);
  CHECK(line_of(ProgramSpec{}, 3) == nullptr);
}

TEST_CASE("the error names file and line, shows the line with a caret, explains and hints") {
  const auto error = verifier_error(image(), program(), report(3), "the whole log");
  CHECK(error.stage() == Stage::verify);
  CHECK(error.subject() == "count.c:3");
  CHECK(error.cause() == "R0 invalid mem access 'map_value_or_null'");
  CHECK(error.hint() == "check it");
  CHECK(error.excerpt() ==
        "    3 | \tu64 *n = counts.lookup(&key);\n"
        "      | \t         ^\n"
        "      = nothing may have been found\n");
  CHECK(error.details() == "the whole log");
  CHECK(error.exit() == Exit::failure);
}

TEST_CASE("without a usable column the caret stands below the first word") {
  CHECK(verifier_error(image(), program(), report(7), "").excerpt().starts_with("    4 | \t*n += 1;\n      | \t^\n"));
  CHECK(verifier_error(image(), program(), report(9), "").excerpt().starts_with("    5 |   return 0;\n      |   ^\n"));
}

TEST_CASE("without a line the error names the function") {
  const auto error = verifier_error(image(), program(), report(-1), "");
  CHECK(error.subject() == "count.c: function count");
  CHECK(error.excerpt() == "      = nothing may have been found\n");
}

TEST_CASE("a line that the image does not have comes from the log") {
  auto from_log = report(4);
  from_log.line = AnnotatedLine{"count.c", 4, "*n += 1;"};
  auto without_lines = program();
  without_lines.lines.clear();
  CHECK(verifier_error(image(), without_lines, from_log, "").subject() == "count.c:4");
  from_log.line->line = 400;
  const auto error = verifier_error(image(), without_lines, from_log, "");
  CHECK(error.subject() == "count.c:400");
  CHECK(error.excerpt().starts_with("  400 | *n += 1;\n"));
}

TEST_CASE("a rejection for lack of a capability says that the program cannot run here") {
  auto refused = report(0);
  refused.reason = "function calls to other bpf functions are allowed for CAP_BPF and CAP_SYS_ADMIN";
  CHECK(verifier_error(image(), program(), refused, "").exit() == Exit::cannot_run);
}
