// A compile worker that is started before there is anything to compile.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace sonda {

class Worker;

/// Most of a short compile is not the compile: the worker's libraries are mapped, relocated, and run for the first
/// time. One that waits has all that behind it. It serves one compile, as any worker does; if it dies while it waits,
/// the compile starts another. For CompileOptions::ready; may be used from several threads.
class ReadyWorker {
 public:
  /// Of Sonda's own worker; `use_cache` as in CompileOptions. Throws Error(Stage::compile) if it is not there.
  static std::shared_ptr<ReadyWorker> make(bool use_cache = true);
  /// `arguments` make the worker get ready before it reads its request.
  ReadyWorker(std::filesystem::path program, std::vector<std::string> arguments);
  /// Ends the one that waits.
  ~ReadyWorker();

  /// Starts one, unless one waits already, and does not wait until it is ready. It ends when the calling thread ends.
  /// If it cannot be started, there is none.
  void start() noexcept;
  /// The one that waits. Nothing if there is none, or if the worker's program or libbcc was exchanged since it started.
  std::unique_ptr<Worker> take();
  /// The process that waits, if any.
  std::optional<pid_t> waiting();

 private:
  std::filesystem::path program_;
  std::vector<std::string> arguments_;
  std::mutex mutex_;
  std::unique_ptr<Worker> worker_;
  std::string compiler_;  ///< identity of what the one that waits is made of
};

}  // namespace sonda
