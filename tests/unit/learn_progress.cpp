// How far the course is, kept in a file.

#include "cli/learn/progress.h"
#include "support/catch.h"
#include "support/scratch.h"

using namespace sonda::learn;
using namespace sonda::test;

namespace {

const Lesson first{.number = 1, .name = "first", .title = "The first", .folder = "/lessons/01-first"};
const Lesson second{.number = 2, .name = "second", .title = "The second", .folder = "/lessons/02-second"};

}  // namespace

TEST_CASE("what is saved is read again") {
  const ScratchFolder scratch;
  const StudentFolder folder((scratch.path() / "not" / "there").string());
  CourseProgress before(folder);
  CHECK(before.damage().empty());
  CHECK(before.current().empty());
  before.attempt(first, false);
  before.attempt(first, true);
  before.attempt(first, false);  // done is done
  before.attempt(second, false);
  before.save();
  const CourseProgress after(folder);
  CHECK(after.passed(first));
  CHECK(after.attempts(first) == 3);
  CHECK_FALSE(after.passed(second));
  CHECK(after.attempts(second) == 1);
  CHECK(after.current() == "02-second");
}

TEST_CASE("a lesson can be forgotten, others are not") {
  const ScratchFolder scratch;
  const StudentFolder folder(scratch.path().string());
  CourseProgress progress(folder);
  progress.attempt(first, true);
  progress.attempt(second, true);
  progress.forget(first);
  progress.save();
  const CourseProgress after(folder);
  CHECK_FALSE(after.passed(first));
  CHECK(after.passed(second));
}

TEST_CASE("whatever stands in the file, it is read or said to be damaged") {
  const ScratchFolder scratch;
  const StudentFolder folder(scratch.path().string());
  const std::string deep(100'000, '[');
  for (const auto& text :
       {std::string(), std::string("null"), std::string("\xff\xfe"), deep, std::string("{\"version\":1}"),
        std::string(R"({"version":1,"current":"","lessons":{"a":{"passed":true,"attempts":-1}}})"),
        std::string(R"({"version":1,"current":"","lessons":{"a":{"passed":true,"attempts":1e300}}})"),
        std::string(R"({"version":"1","current":"","lessons":[]})")}) {
    scratch.write("progress.json", text);
    CourseProgress progress(folder);
    CAPTURE(text.substr(0, 100));
    CHECK_FALSE(progress.damage().empty());
    CHECK_FALSE(progress.passed(first));
    progress.save();
    CHECK(CourseProgress(folder).damage().empty());
  }
  scratch.write("progress.json", R"({"version":1,"current":"x","lessons":{"gone":{"passed":true,"attempts":2}}})");
  CHECK(CourseProgress(folder).current() == "x");
}
