// A student's folder: what is laid out, kept, asked for wrongly, and whose it is.
#include <sys/stat.h>
#include <unistd.h>

#include "support/catch.h"
#include "support/skip.h"
#include "tool/learn_support.h"

namespace sonda::test {
namespace {

constexpr uid_t nobody = 65534;

}  // namespace

TEST_CASE("a lesson lays its probe out once, and an edit stays") {
  const Student student;
  const auto first = student.learn({"6"});
  CHECK(first.status == 0);
  CHECK(contains(first.out, "The pointer that may be null"));
  CHECK(contains(first.out, student.probe("06-unchecked-pointer").string()));
  CHECK(text_of(student.probe("06-unchecked-pointer")) == of_lesson("06-unchecked-pointer", "start.c"));
  std::ofstream(student.probe("06-unchecked-pointer")) << "// mine\n";
  CHECK(student.learn({"unchecked-pointer"}).status == 0);
  CHECK(text_of(student.probe("06-unchecked-pointer")) == "// mine\n");
}

TEST_CASE("a reset keeps what was edited, each time under another name") {
  const Student student;
  const auto probe = student.probe("03-maps");
  REQUIRE(student.learn({"3"}).status == 0);
  CHECK_FALSE(contains(student.learn({"reset", "3"}).out, "kept"));
  for (const auto* text : {"// one\n", "// two\n"}) {
    std::ofstream(probe) << text;
    const auto end = student.learn({"reset", "3"});
    CHECK(end.status == 0);
    CHECK(contains(end.out, "your edit is kept as"));
    CHECK(text_of(probe) == of_lesson("03-maps", "start.c"));
  }
  CHECK(text_of(probe.string() + ".old") == "// one\n");
  CHECK(text_of(probe.string() + ".old2") == "// two\n");
}

TEST_CASE("a lesson of two probes lays both out") {
  const Student student;
  REQUIRE(student.learn({"16"}).status == 0);
  CHECK(text_of(student.folder() / "16-shared-maps-partner.c") == of_lesson("16-shared-maps", "partner.c"));
}

TEST_CASE("the solution is shown on demand, and the student's copy stays") {
  const Student student;
  const auto end = student.learn({"solution", "1"});
  CHECK(end.status == 0);
  CHECK(end.out == of_lesson("01-first-uprobe", "solution.c"));
  CHECK_FALSE(std::filesystem::exists(student.probe("01-first-uprobe")));
  const auto json = objects(student.learn({"solution", "1", "--json"}), "solution");
  REQUIRE(json.size() == 1);
  CHECK(json[0].at("text") == end.out);
}

TEST_CASE("progress is kept, and the list shows it") {
  SONDA_NEED_BPF();
  const Student student;
  CHECK(contains(student.learn({}).out, "0 of 20 done. Go on with: sonda learn 1 "));
  REQUIRE(student.check("01-first-uprobe", of_lesson("01-first-uprobe", "start.c")).at("passed") == false);
  REQUIRE(student.check("01-first-uprobe", of_lesson("01-first-uprobe", "solution.c")).at("passed") == true);
  const auto list = student.learn({});
  CHECK(contains(list.out, "done  1  first-uprobe"));
  CHECK(contains(list.out, "1 of 20 done. Go on with: sonda learn 2 "));
  const auto lessons = objects(student.learn({"--json"}), "lesson");
  REQUIRE(lessons.size() == 20);
  CHECK(lessons[0].at("passed") == true);
  CHECK(lessons[0].at("attempts") == 2);
  CHECK(lessons[0].at("file") == student.probe("01-first-uprobe").string());
  CHECK(lessons[1].at("passed") == false);
  CHECK(lessons[1].at("file").is_null());
  // Without a word: the lesson that was opened last.
  REQUIRE(student.learn({"2"}).status == 0);
  const auto checked = objects(student.learn({"check", "--json"}), "check");
  REQUIRE(checked.size() == 1);
  CHECK(checked[0].at("lesson") == 2);
}

TEST_CASE("a damaged progress file is put aside, and nothing else is lost") {
  const Student student;
  REQUIRE(student.learn({"1"}).status == 0);
  const auto file = student.folder() / "progress.json";
  for (const auto* text : {"", "{", "[]", "{\"version\":2,\"current\":\"\",\"lessons\":{}}",
                           "{\"version\":1,\"current\":7,\"lessons\":{}}",
                           "{\"version\":1,\"current\":\"\",\"lessons\":{\"01-first-uprobe\":{\"passed\":1}}}"}) {
    std::ofstream(file) << text;
    const auto end = student.learn({"2"});
    CAPTURE(text, end.err);
    CHECK(end.status == 0);
    CHECK(contains(end.err, "progress.json: it is not what sonda learn wrote"));
    CHECK(text_of(file.string() + ".damaged") == text);
    CHECK(student.learn({}).err.empty());
  }
  std::filesystem::remove(file);
  std::filesystem::create_directory(file);
  CHECK(contains(student.learn({}).err, "it is a folder"));
}

TEST_CASE("what is asked for wrongly gets one clear answer") {
  const Student student;
  for (const auto* word : {"0", "21", "99999999999999999999", "2x"}) {
    const auto end = student.learn({word});
    CAPTURE(word, end.err);
    CHECK(end.status == 2);
    CHECK(contains(end.err, "there is no such lesson"));
    CHECK(contains(end.err, "from 1 to 20"));
  }
  CHECK(contains(student.learn({"map"}).err, "did you mean 'maps'"));
  CHECK(student.learn({"check", "1", "2"}).status == 2);
  CHECK(student.learn({"--help"}).status == 0);
  std::ofstream(student.folder() / "file") << "";
  StartedTool tool("sonda", {"learn", "1", "--folder", (student.folder() / "file").string()}, {});
  const auto end = tool.wait();
  CHECK(end.status == 1);
  CHECK(contains(end.err, "cannot make this folder"));
}

TEST_CASE("a check says what is missing: the probe, or the right to run it") {
  SONDA_NEED_BPF();
  const Student student;
  const auto none = student.learn({"check", "4"});
  CHECK(none.status == 1);
  CHECK(contains(none.err, "your copy of the lesson's probe is not there"));
  CHECK(contains(none.err, "sonda learn 4 --folder"));
  REQUIRE(::chown(student.folder().c_str(), nobody, nobody) == 0);
  const StartedTool::How as_nobody{.environment = {}, .mounts = nullptr, .user = nobody, .output = {}};
  CHECK(student.learn({"4"}, as_nobody).status == 0);
  const auto end = student.learn({"check", "4"}, as_nobody);
  CHECK(end.status == 77);
  CHECK(contains(end.err, "CAP_BPF"));
}

TEST_CASE("a probe that others could write is refused, as everywhere") {
  SONDA_NEED_BPF();
  const Student student;
  REQUIRE(student.learn({"1"}).status == 0);
  REQUIRE(::chmod(student.probe("01-first-uprobe").c_str(), 0666) == 0);
  const auto end = student.learn({"check", "1"});
  CHECK(end.status == 1);
  CHECK(contains(end.out, "everybody could write"));
}

TEST_CASE("under sudo the copies are the user's, and root follows no link of theirs") {
  SONDA_NEED_BPF();
  const Student student;
  const ScratchFolder of_root;
  const auto secret = of_root.write("precious", "precious\n");
  REQUIRE(::chown(student.folder().c_str(), nobody, nobody) == 0);
  const StartedTool::How sudo{
      .environment = {"SUDO_UID=" + std::to_string(nobody)}, .mounts = nullptr, .user = {}, .output = {}};
  CHECK(student.learn({"1"}, sudo).status == 0);
  for (const auto* name : {"01-first-uprobe.c", "progress.json"}) {
    struct stat info{};
    REQUIRE(::stat((student.folder() / name).c_str(), &info) == 0);
    CHECK(info.st_uid == nobody);
  }
  CHECK(contains(student.learn({"check", "1"}, sudo).out, "does not say where to attach"));
  std::filesystem::create_symlink(secret, student.probe("02-arguments"));
  CHECK(student.learn({"2"}, sudo).status == 0);
  CHECK(student.learn({"reset", "2"}, sudo).status == 1);  // it cannot even be read
  CHECK(text_of(secret) == "precious\n");
}

}  // namespace sonda::test
