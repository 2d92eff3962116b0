#include "sonda/ready_worker.h"

#include <utility>

#include "base/locations.h"
#include "compile/worker_process.h"

namespace sonda {

std::shared_ptr<ReadyWorker> ReadyWorker::make(bool use_cache) {
  std::vector<std::string> arguments{"--rehearse"};
  if (const auto cache = use_cache ? user_cache() : std::nullopt) arguments.push_back(cache->string());
  return std::make_shared<ReadyWorker>(worker_program(), std::move(arguments));
}

ReadyWorker::ReadyWorker(std::filesystem::path program, std::vector<std::string> arguments)
    : program_(std::move(program)), arguments_(std::move(arguments)) {}

ReadyWorker::~ReadyWorker() = default;

void ReadyWorker::start() noexcept {
  const std::scoped_lock lock(mutex_);
  if (worker_ && worker_->running()) return;
  worker_.reset();
  try {
    compiler_ = compiler_identity(program_);
    worker_ = std::make_unique<Worker>(program_, arguments_);
  } catch (const std::exception&) {  // a compile starts its own, and says why that cannot be
  }
}

std::unique_ptr<Worker> ReadyWorker::take() {
  const std::scoped_lock lock(mutex_);
  auto worker = std::move(worker_);
  if (worker && (!worker->running() || compiler_ != compiler_identity(program_))) worker.reset();
  return worker;
}

std::optional<pid_t> ReadyWorker::waiting() {
  const std::scoped_lock lock(mutex_);
  return worker_ && worker_->running() ? std::optional(worker_->pid()) : std::nullopt;
}

}  // namespace sonda
