// Workers that are shell scripts.
#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "compile/worker_process.h"
#include "sonda/error.h"

namespace sonda::test {

/// A worker made of a shell script.
class Script {
 public:
  explicit Script(const std::string& body) : path_(folder_.path() / "worker") {
    std::ofstream(path_) << "#!/bin/sh\n" << body << '\n';
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all);
  }
  WorkerOutput run(std::string_view request = "hello", std::chrono::seconds timeout = std::chrono::seconds(20)) const {
    return run_worker(path_, std::as_bytes(std::span(request)), timeout);
  }
  std::string cause(std::chrono::seconds timeout = std::chrono::seconds(20)) const {
    try {
      run("hello", timeout);
    } catch (const Error& error) {
      return error.cause();
    }
    return "";
  }
  const std::filesystem::path& folder() const { return folder_.path(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  TemporaryFolder folder_;
  std::filesystem::path path_;
};

inline std::string text(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace sonda::test
