// The worker as a child process.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sonda {

/// What tells a file apart from others without reading it: its real name, size and time of change.
std::string file_identity(const std::filesystem::path& path);

/// The identities of the worker and its libbcc.
std::string compiler_identity(const std::filesystem::path& worker);

/// What a worker left behind when it ended.
struct WorkerOutput {
  std::vector<std::byte> answer;  ///< its standard output
  std::string chatter;            ///< what the libraries inside it printed
  int status = 0;                 ///< its exit status; LLVM ends its process with 1 on some errors of the source
  int signal = 0;                 ///< the one that ended it, or 0
  std::uint64_t peak = 0;         ///< bytes of memory that it had at most
  double seconds = 0;             ///< CPU time that it took
};

/// A worker that was started, and is there for one request. It gets an environment of its own and no descriptors but
/// those of the conversation. It is ended when this goes.
class Worker {
 public:
  /// Throws Error(Stage::compile) if it cannot be started.
  explicit Worker(const std::filesystem::path& program, std::vector<std::string> arguments = {});
  Worker(Worker&&) noexcept;
  Worker& operator=(Worker&&) noexcept;
  ~Worker();

  pid_t pid() const noexcept;
  /// Whether it has not ended.
  bool running() const noexcept;
  /// Gives it `request`, and waits for its answer and its end; the worker is no longer there then. Throws
  /// Error(Stage::compile) if it takes longer than `timeout`, Exit::interrupted if a signal asks us to stop meanwhile.
  WorkerOutput ask(std::span<const std::byte> request, std::chrono::milliseconds timeout);

 private:
  class Child;
  struct Channels;
  std::unique_ptr<Channels> channels_;
  std::unique_ptr<Child> child_;
};

/// Starts `program`, gives it `request`, and waits for its answer. Throws Error(Stage::compile) if it cannot be
/// started, crashes, is killed, or takes longer than `timeout`; Exit::interrupted if a signal asks us to stop.
WorkerOutput run_worker(const std::filesystem::path& program, std::span<const std::byte> request,
                        std::chrono::milliseconds timeout);

/// Throws Error(Stage::compile) if a signal ended the worker.
void require_no_crash(const WorkerOutput& output);

}  // namespace sonda
