#include "cli/learn/learn.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>

#include "base/escape.h"
#include "base/files.h"
#include "base/locations.h"
#include "cli/learn/checks.h"
#include "cli/learn/lesson.h"
#include "cli/learn/progress.h"
#include "cli/learn/run_check.h"
#include "kernel/privilege.h"
#include "present/output.h"
#include "sonda/error.h"

namespace sonda::learn {
namespace {

class Course {
 public:
  Course(front::Run& run, const LearnOptions& options)
      : run_(run),
        options_(options),
        output_(run.output(), options.format),
        lessons_(read_lessons(lesson_folder())),
        folder_(options.folder),
        progress_(folder_) {
    if (!progress_.damage().empty())
      run.warn(fmt::format("{}: {}; what was done before is not known, your probes are all there",
                           (folder_.path() / "progress.json").string(), progress_.damage()));
  }

  void list() {
    std::size_t done = 0, width = 0;
    for (const auto& lesson : lessons_) {
      if (output_.json()) output_.object(json_of(lesson));
      done += progress_.passed(lesson) ? 1 : 0;
      width = std::max(width, lesson.name.size());
    }
    if (output_.json()) return;
    text(strong("Learn eBPF: lessons to read, probes to mend, checks on the real kernel") + "\n\n");
    for (const auto& lesson : lessons_) {
      const auto mark = progress_.passed(lesson) ? "done" : progress_.current() == lesson.full_name() ? "now" : "";
      text(fmt::format("{:>4} {:>2}  {:<{}}  {}\n", mark, lesson.number, escape_for_terminal(lesson.name), width,
                       escape_for_terminal(lesson.title)));
    }
    text(fmt::format("\n{} of {} done. ", done, lessons_.size()));
    text(done == lessons_.size() ? "That was all of it: docs/tour.md has more.\n"
                                 : fmt::format("Go on with: sonda learn {}{}\n", next_after(lessons_.front())->number,
                                               option_for_folder()));
  }

  void show(const Lesson& lesson) {
    const auto page = read_file(lesson.page(), Stage::source, 1UL << 20);
    folder_.lay_out(lesson);
    remember(lesson);
    const auto file = folder_.probe(lesson).string();
    if (output_.json()) {
      auto json = json_of(lesson);
      json["page"] = to_valid_utf8(page);
      return output_.object(json);
    }
    text(render_page(page, {.width = page_width(), .colours = run_.output().colours()}));
    text(fmt::format("\nYour probe: {}\nEdit it, then: sudo sonda learn check {}{}\n",
                     strong(escape_for_terminal(file)), lesson.number, option_for_folder()));
  }

  void check(const Lesson& lesson) {
    require_bpf_privilege();
    const auto probe = folder_.probe(lesson);
    if (!folder_.has_probe(lesson))
      throw Error(
          Stage::source, probe.string(), "your copy of the lesson's probe is not there",
          fmt::format("sonda learn {}{} shows the lesson and puts it there", lesson.number, option_for_folder()));
    if (run_.progress().active()) run_.progress().show(fmt::format("lesson {}: checking ...", lesson.number));
    const auto outcome = run_check(lesson, probe, run_.open_options(front::ProbeOptions()));
    run_.progress().erase();
    progress_.attempt(lesson, outcome.passed());
    progress_.save();
    print_outcome(run_, output_, lesson, probe, outcome);
    if (!outcome.passed()) run_.set_exit_status(static_cast<int>(Exit::failure));
    if (!output_.text()) return;
    if (!outcome.passed()) {
      text(fmt::format("\n{}\n", escape_for_terminal(probe.string())));
    } else if (const auto* next = next_after(lesson); next != nullptr) {
      text(fmt::format("Go on with: sonda learn {}{}\n", next->number, option_for_folder()));
    } else {
      text("That was the last one. Well done; docs/tour.md has more.\n");
    }
  }

  void solution(const Lesson& lesson) {
    const auto source = read_file(lesson.solution(), Stage::source);
    if (output_.json())
      return output_.object(
          {{"type", "solution"}, {"lesson", lesson.number}, {"name", lesson.name}, {"text", to_valid_utf8(source)}});
    text(escape_lines_for_terminal(source));
  }

  void reset(const Lesson& lesson) {
    const auto kept = folder_.reset(lesson);
    progress_.forget(lesson);
    remember(lesson);
    const auto probe = folder_.probe(lesson).string();
    if (output_.json())
      return output_.object(
          {{"type", "reset"},
           {"lesson", lesson.number},
           {"name", lesson.name},
           {"file", to_valid_utf8(probe)},
           {"kept", kept.empty() ? report::Json(nullptr) : report::Json(to_valid_utf8(kept.string()))}});
    text(escape_for_terminal(probe) + " is as it was at the beginning\n");
    if (!kept.empty()) text("your edit is kept as " + escape_for_terminal(kept.string()) + "\n");
  }

  void work(const Lesson& lesson) {
    const auto* parts = parts_of(lesson.name);
    if (parts == nullptr) throw Error(Stage::usage, lesson.full_name(), "this lesson has no work");
    Random random(std::random_device{}());
    const auto did = parts->work(random);
    if (output_.json())
      return output_.object({{"type", "work"}, {"lesson", lesson.number}, {"name", lesson.name}, {"did", did}});
    text(did + "\n");
  }

  /// The lesson that is meant; without a word the one that was opened last, or else the first that is not done.
  const Lesson& meant() const {
    if (!options_.lesson.empty()) return find_lesson(lessons_, options_.lesson);
    const auto last = std::ranges::find(lessons_, progress_.current(), &Lesson::full_name);
    if (last != lessons_.end()) return *last;
    const auto open = std::ranges::find_if(lessons_, [&](const Lesson& lesson) { return !progress_.passed(lesson); });
    return open != lessons_.end() ? *open : lessons_.front();
  }

 private:
  void text(const std::string& text) { run_.output().write(text); }
  std::string strong(const std::string& text) const {
    return run_.output().colours() ? "\x1b[1m" + text + "\x1b[0m" : text;
  }
  std::string option_for_folder() const {
    return options_.folder.empty() ? "" : " --folder " + escape_for_terminal(options_.folder);
  }

  report::Json json_of(const Lesson& lesson) const {
    return {{"type", "lesson"},
            {"lesson", lesson.number},
            {"name", lesson.name},
            {"title", lesson.title},
            {"passed", progress_.passed(lesson)},
            {"attempts", progress_.attempts(lesson)},
            {"file", folder_.has_probe(lesson) ? report::Json(to_valid_utf8(folder_.probe(lesson).string()))
                                               : report::Json(nullptr)}};
  }

  const Lesson* next_after(const Lesson& lesson) const {
    const auto open = [&](const Lesson& other) { return !progress_.passed(other); };
    const auto here = std::ranges::find(lessons_, lesson.number, &Lesson::number);
    auto next = std::find_if(here, lessons_.end(), open);
    if (next == lessons_.end()) next = std::find_if(lessons_.begin(), here, open);
    return next == lessons_.end() ? nullptr : &*next;
  }

  // Looking on must work where nothing can be written.
  void remember(const Lesson& lesson) {
    progress_.open(lesson);
    progress_.save();
  }

  front::Run& run_;
  const LearnOptions& options_;
  present::TableOutput output_;
  std::vector<Lesson> lessons_;
  StudentFolder folder_;
  CourseProgress progress_;
};

void add_command(front::CommandLine& line, LearnOptions& options, const std::string& name, const std::string& help) {
  auto command = line.command(name, help);
  command.inherit_options();
  command.argument("LESSON", options.lesson_of_command, "Its number or name; else the one that was opened last");
  command.when_given([&options, name] { options.command = name; });
}

}  // namespace

void declare(front::CommandLine& line, LearnOptions& options) {
  line.inherit_options();
  line.require_commands(0, 1);
  line.argument("LESSON", options.lesson, "Shows this lesson and lays out its probe; without it, lists all");
  add_command(line, options, "check", "Run your probe and say what is still wrong");
  add_command(line, options, "solution", "Show a solution");
  add_command(line, options, "reset", "Begin anew; an edited probe is kept as NAME.old");
  add_command(line, options, "work", "Do what the lesson's probe looks at, to watch it with sonda run");
  line.text("--folder", "FOLDER", options.folder, "Where your probes are; ~/.local/share/sonda/learn otherwise");
  line.flag("--json", [&options] { options.format = report::Format::json; }, "Print JSON, one object a line");
}

void learn(front::Run& run, const LearnOptions& given) {
  auto options = given;
  if (!options.lesson_of_command.empty()) {
    if (!options.lesson.empty()) throw Error(Stage::usage, options.lesson, "one lesson at a time");
    options.lesson = options.lesson_of_command;
  }
  Course course(run, options);
  if (options.command.empty() && options.lesson.empty()) return course.list();
  const auto& lesson = course.meant();
  if (options.command.empty()) return course.show(lesson);
  if (options.command == "check") return course.check(lesson);
  if (options.command == "solution") return course.solution(lesson);
  if (options.command == "reset") return course.reset(lesson);
  course.work(lesson);
}

}  // namespace sonda::learn
