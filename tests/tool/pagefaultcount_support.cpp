#include "tool/pagefaultcount_support.h"
#include "support/paths.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>

#include "support/patience.h"

namespace sonda::test {
namespace {

struct Ends {
  UniqueFd read, write;
};

Ends make_pipe() {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (auto& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

[[noreturn]] void become_tool(std::vector<std::string> words, const Circumstances& circumstances, int out, int err,
                              int ready) {
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  const int kept = ::dup(ready);
  ::setenv("SONDA_NOTIFY_READY", std::to_string(kept).c_str(), 1);
  for (auto text : circumstances.environment) {
    const auto equals = text.find('=');
    ::setenv(text.substr(0, equals).c_str(), text.substr(equals + 1).c_str(), 1);
  }
  if (circumstances.user && (::setgid(*circumstances.user) != 0 || ::setuid(*circumstances.user) != 0)) ::_exit(125);
  auto arguments = pointers(words);
  ::execv(arguments.front(), arguments.data());
  ::_exit(126);
}

/// Reads one of two streams, whichever has something; false when both have ended.
bool read_some(Ended& ended, UniqueFd& out, UniqueFd& err) {
  std::array<pollfd, 2> waiting{{{out.get(), POLLIN, 0}, {err.get(), POLLIN, 0}}};
  if (!out && !err) return false;
  if (::poll(waiting.data(), waiting.size(), patience_ms()) <= 0)
    throw std::runtime_error("pagefaultcount says nothing");
  std::array<char, 65536> bytes{};
  for (auto* stream : {&out, &err}) {
    if (waiting[stream == &err].revents == 0) continue;
    const auto got = ::read(stream->get(), bytes.data(), bytes.size());
    if (got > 0)
      (stream == &out ? ended.out : ended.err).append(bytes.data(), static_cast<std::size_t>(got));
    else
      stream->reset();
  }
  return true;
}

}  // namespace

std::vector<std::string> Ended::lines() const {
  std::vector<std::string> result;
  for (std::size_t at = 0; at < out.size();) {
    const auto end = std::min(out.find('\n', at), out.size());
    result.push_back(out.substr(at, end - at));
    at = end + 1;
  }
  return result;
}

std::vector<nlohmann::json> Ended::objects() const {
  std::vector<nlohmann::json> result;
  for (const auto& line : lines()) result.push_back(nlohmann::json::parse(line));
  if (result.empty()) throw std::runtime_error("pagefaultcount printed nothing: " + err);
  return result;
}

FaultCount::FaultCount(const std::vector<std::string>& arguments, const Circumstances& circumstances) {
  std::vector<std::string> words{built_program("pagefaultcount").string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  auto out = make_pipe(), err = make_pipe(), ready = make_pipe();
  if (circumstances.output_closed) out.read.reset();
  // A signal to the child must not meet the test's own handlers.
  sigset_t stop, before;
  ::sigemptyset(&stop);
  ::sigaddset(&stop, SIGINT);
  ::sigaddset(&stop, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &stop, &before);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::signal(SIGINT, SIG_DFL);
    ::signal(SIGTERM, SIG_DFL);
  }
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (pid_ == 0) become_tool(std::move(words), circumstances, out.write.get(), err.write.get(), ready.write.get());
  if (pid_ < 0) throw std::runtime_error("fork failed");
  out_ = std::move(out.read);
  err_ = std::move(err.read);
  ready_ = std::move(ready.read);
}

FaultCount::~FaultCount() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool FaultCount::ready() {
  pollfd waiting{ready_.get(), POLLIN, 0};
  if (::poll(&waiting, 1, patience_ms()) != 1) throw std::runtime_error("pagefaultcount never began");
  std::array<char, 16> bytes{};
  return ::read(ready_.get(), bytes.data(), bytes.size()) == 6;
}

void FaultCount::signal(int number) const { ::kill(pid_, number); }

Ended FaultCount::wait() {
  Ended ended;
  while (read_some(ended, out_, err_)) {
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ended;
}

Ended FaultCount::interrupt() {
  signal(SIGINT);
  return wait();
}

Ended run_pagefaultcount(const std::vector<std::string>& arguments, const Circumstances& circumstances) {
  return FaultCount(arguments, circumstances).wait();
}

}  // namespace sonda::test
