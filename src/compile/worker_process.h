// The worker as a child process.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace sonda {

/// What a worker left behind when it ended.
struct WorkerOutput {
  std::vector<std::byte> answer;  ///< its standard output
  std::string chatter;            ///< what the libraries inside it printed
  int status = 0;                 ///< its exit status; LLVM ends its process with 1 on some errors of the source
};

/// Runs `program`, gives it `request`, and waits for its answer. It gets an environment of its own and no descriptors
/// but these. Throws Error(Stage::compile) if it cannot be started, crashes, is killed, or takes longer than `timeout`
/// (it is ended then); Exit::interrupted if a signal asks us to stop meanwhile. It never outlives this call.
WorkerOutput run_worker(const std::filesystem::path& program, std::span<const std::byte> request,
                        std::chrono::seconds timeout);

}  // namespace sonda
