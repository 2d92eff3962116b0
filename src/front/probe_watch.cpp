#include "front/probe_watch.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/escape.h"
#include "base/stop.h"
#include "compile/included_files.h"
#include "report/json_line.h"

namespace sonda::front {
namespace {

// After a swap, a program has run for so long that its cost can be told.
constexpr std::chrono::seconds long_enough(1);
// A file that was last changed longer ago than this was not saved now: it was moved here.
constexpr std::chrono::seconds just_now(10);

void add(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
    throw system_error(Stage::source, "the probe's file", "cannot wait for it", errno);
}

}  // namespace

ProbeWatch::ProbeWatch(Run& run, report::Format format, Probe& probe, Hooks hooks)
    : run_(run),
      format_(format),
      probe_(probe),
      hooks_(std::move(hooks)),
      file_(probe.source().name()),
      files_({probe.source().path()}),
      compiled_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      both_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!compiled_ || !both_) throw system_error(Stage::source, file_, "cannot wait for it", errno);
  add(both_.get(), files_.fd());
  add(both_.get(), compiled_.get());
  seen_ = text_of_all(probe.source());
  watch_files_of(probe.source());
  run_.start_worker();
}

// A compile that is under way ends by itself; its thread is waited for.
ProbeWatch::~ProbeWatch() = default;

void ProbeWatch::act() {
  end_compile();
  if (!files_.changed()) return;
  noticed_ = Clock::now();
  if (compile_.valid())
    saved_again_ = true;
  else
    look_at_file();
}

void ProbeWatch::look_at_file() {
  std::error_code failed;
  if (!std::filesystem::exists(probe_.source().path(), failed)) {
    if (std::exchange(gone_, true)) return;
    fail(Error(Stage::source, file_, "the file has gone", "its probe goes on; the file is waited for"));
    return;
  }
  gone_ = false;
  try {
    auto source = ProbeSource::open(file_);
    watch_files_of(source);
    auto text = text_of_all(source);
    if (text == seen_ && !failed_) return;
    seen_ = std::move(text);
    begin_compile(std::move(source));
  } catch (const Error& error) {
    fail(error);
  }
}

void ProbeWatch::begin_compile(ProbeSource source) {
  const BlockedStopSignals blocked;  // the thread that waits takes them
  compile_ = std::async(std::launch::async,
                        [task = probe_.compile_task(std::move(source), hooks_.reload), done = compiled_.get()] {
                          struct Tell {
                            int fd;
                            ~Tell() { ::eventfd_write(fd, 1); }
                          } const tell{done};
                          return task();
                        });
}

void ProbeWatch::end_compile() {
  eventfd_t count = 0;
  if (!compile_.valid() || ::eventfd_read(compiled_.get(), &count) != 0) return;
  struct StartNext {  // behind the swap, which is waited for
    Run& run;
    ~StartNext() { run.start_worker(); }
  } const next{run_};
  try {
    auto edited = compile_.get();
    if (!std::exchange(saved_again_, false)) {
      say_runs();
      const auto told = probe_.reload(std::move(edited), hooks_.reload);
      failed_ = false;
      const auto took = since_save();
      if (hooks_.swapped) hooks_.swapped(told);
      if (format_ == report::Format::json)
        run_.output().object(report::json_line(to_json(file_, told, took)));
      else
        for (const auto& line : describe(file_, told, took)) run_.warn(line);
      for (const auto& program : told.programs)
        if (program.before && program.after && program.ran.runs > 0)
          around_.push_back({program.function, program.ran, {}});
      swapped_at_ = Clock::now();
      return;
    }
  } catch (const Error& error) {
    if (error.exit() == Exit::interrupted) return;
    if (!std::exchange(saved_again_, false)) return fail(error);
  }
  look_at_file();
}

void ProbeWatch::fail(const Error& error) {
  failed_ = true;
  if (hooks_.failed) hooks_.failed();
  if (format_ == report::Format::json)
    run_.output().object(
        report::json_line(with_error({{"type", "reload_error"}, {"file", to_valid_utf8(file_)}}, error)));
  else
    run_.report(error);
}

void ProbeWatch::tick() {
  if (!around_.empty() && Clock::now() - swapped_at_ >= long_enough) say_runs();
}

void ProbeWatch::say_runs() {
  if (around_.empty()) return;
  auto around = std::exchange(around_, {});
  for (const auto& now : probe_.runs())
    if (const auto known = std::ranges::find(around, now.function, &RunsAround::function); known != around.end())
      known->after = now.count;
  if (!statistics_.on() || std::ranges::none_of(around, [](const auto& each) { return each.after.runs > 0; })) return;
  if (format_ == report::Format::json)
    run_.output().object(report::json_line(to_json(file_, around)));
  else if (const auto line = describe(file_, around); !line.empty())
    run_.warn(line);
}

/// By the time of the file's last change; of files that were moved here, since it was noticed.
std::chrono::nanoseconds ProbeWatch::since_save() const {
  using std::chrono::nanoseconds;
  const auto in_nanoseconds = [](const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; };
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const nanoseconds noticed = Clock::now() - noticed_;
  nanoseconds since = just_now;
  for (const auto& file : watched_) {
    struct stat status{};
    if (::stat(file.c_str(), &status) == 0)
      since = std::min(since, nanoseconds(in_nanoseconds(now) - in_nanoseconds(status.st_ctim)));
  }
  return since >= noticed && since < just_now ? since : noticed;
}

void ProbeWatch::watch_files_of(const ProbeSource& source) {
  const auto folder = source.path().parent_path();
  watched_ = {source.path()};
  const auto add_those_of = [&](std::string_view text) {
    for (const auto& name : quoted_includes(text))
      if (std::ranges::find(watched_, folder / name) == watched_.end()) watched_.push_back(folder / name);
  };
  add_those_of(source.text());
  files_.watch(watched_);  // also if one of them may not be read
  for (const auto& file : included_files(source)) add_those_of(file.text);
  files_.watch(watched_);
}

std::string ProbeWatch::text_of_all(const ProbeSource& source) const {
  auto text = source.text();
  for (const auto& file : included_files(source)) text += fmt::format("\n{}\n{}", file.name, file.text);
  return text;
}

}  // namespace sonda::front
