#include "base/file_watch.h"

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "sonda/error.h"

namespace sonda {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// After a file was closed, or took another's name: editors do a little more (a backup is removed, a mode is set).
constexpr milliseconds after_closing(12);
// After something was written, or a name appeared: until it is closed. A writer that rests so long has finished.
constexpr milliseconds while_open(1000);
// After a name has gone: editors put a new file in its place.
constexpr milliseconds after_leaving(300);
// While a folder is not there, it is looked for so often.
constexpr milliseconds between_looks(500);

constexpr std::uint32_t closing = IN_CLOSE_WRITE | IN_MOVED_TO | IN_ATTRIB, opening = IN_MODIFY | IN_CREATE,
                        leaving = IN_DELETE | IN_MOVED_FROM, folder_leaving = IN_DELETE_SELF | IN_MOVE_SELF;

Error cannot_watch(const std::string& what, int why) {
  return system_error(Stage::source, what, "cannot watch it", why,
                      why == ENOSPC || why == EMFILE ? "others watch as much as this user may: see "
                                                       "/proc/sys/fs/inotify"
                                                     : "");
}

void add(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) throw cannot_watch("files", errno);
}

}  // namespace

FileWatch::FileWatch(std::vector<fs::path> files)
    : events_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)),
      both_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!events_ || !timer_ || !both_) throw cannot_watch("files", errno);
  add(both_.get(), events_.get());
  add(both_.get(), timer_.get());
  watch(std::move(files));
}

void FileWatch::watch(std::vector<fs::path> files) {
  if (files == files_) return;
  auto before = std::move(folders_);
  folders_.clear();
  files_ = std::move(files);
  for (const auto& file : files_) {
    add_name(file);
    // Behind a symbolic link, the file itself may be written.
    std::error_code failed;
    const auto real = fs::canonical(file, failed);
    if (!failed && real != file) add_name(real);
  }
  for (auto& folder : folders_)
    if (const auto known = std::ranges::find(before, folder.path, &Folder::path); known != before.end())
      folder.number = std::exchange(known->number, -1);
  for (const auto& folder : before)
    if (folder.number >= 0) ::inotify_rm_watch(events_.get(), folder.number);
  look_for_folders();
  set_timer();
}

void FileWatch::add_name(const fs::path& file) {
  const auto path = file.has_parent_path() ? file.parent_path() : fs::path(".");
  auto folder = std::ranges::find(folders_, path, &Folder::path);
  if (folder == folders_.end()) folder = folders_.insert(folders_.end(), Folder{.path = path, .names = {}});
  folder->names.push_back(file.filename().string());
}

/// Whether one has come back.
bool FileWatch::look_for_folders() {
  bool found = false;
  for (auto& folder : folders_) {
    if (folder.number >= 0) continue;
    folder.number = ::inotify_add_watch(events_.get(), folder.path.c_str(),
                                        closing | opening | leaving | folder_leaving | IN_ONLYDIR);
    if (folder.number < 0 && (errno == ENOSPC || errno == ENOMEM)) throw cannot_watch(folder.path.string(), errno);
    found = found || folder.number >= 0;
  }
  return found;
}

bool FileWatch::changed() {
  std::uint64_t expirations = 0;
  [[maybe_unused]] const auto got = ::read(timer_.get(), &expirations, sizeof expirations);
  read_events();
  const bool any_missing = std::ranges::any_of(folders_, [](const Folder& each) { return each.number < 0; });
  if (any_missing && look_for_folders()) note_within(after_closing);
  const bool whole = due_ && Clock::now() >= *due_;
  if (whole) due_.reset();
  set_timer();
  return whole;
}

void FileWatch::read_events() {
  alignas(inotify_event) std::array<char, 16384> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  for (;;) {
    const auto got = ::read(events_.get(), buffer.data(), buffer.size());
    if (got <= 0) return;
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = buffer.data() + at + sizeof event;
      at += sizeof event + event.len;
      if ((event.mask & IN_Q_OVERFLOW) != 0) note_within(after_closing);
      const auto folder = std::ranges::find(folders_, event.wd, &Folder::number);
      if (folder == folders_.end()) continue;
      if ((event.mask & (folder_leaving | IN_IGNORED | IN_UNMOUNT)) != 0) {
        // One that was renamed is another folder now.
        if ((event.mask & IN_MOVE_SELF) != 0) ::inotify_rm_watch(events_.get(), event.wd);
        folder->number = -1;
        note_within(after_leaving);
      } else {
        note(*folder, event.mask, event.len > 0 ? name : "");
      }
    }
  }
}

void FileWatch::note(const Folder& folder, std::uint32_t what, std::string_view name) {
  if (std::ranges::find(folder.names, name) == folder.names.end()) return;
  if ((what & closing) != 0)
    note_within(after_closing);
  else if ((what & opening) != 0)
    note_within(while_open);
  else if ((what & leaving) != 0)
    note_within(after_leaving);
}

void FileWatch::note_within(milliseconds time) { due_ = Clock::now() + time; }

void FileWatch::set_timer() {
  std::optional<Clock::time_point> next = due_;
  if (std::ranges::any_of(folders_, [](const Folder& each) { return each.number < 0; })) {
    const auto look = Clock::now() + between_looks;
    next = next ? std::min(*next, look) : look;
  }
  itimerspec when{};
  if (next) {
    const auto left = std::max<std::chrono::nanoseconds>(*next - Clock::now(), std::chrono::nanoseconds(1));
    when.it_value.tv_sec = static_cast<time_t>(left.count() / 1'000'000'000);
    when.it_value.tv_nsec = static_cast<long>(left.count() % 1'000'000'000);
  }
  ::timerfd_settime(timer_.get(), 0, &when, nullptr);
}

}  // namespace sonda
