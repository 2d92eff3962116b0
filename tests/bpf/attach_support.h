// What the tests of attaching share.
#pragma once

#include <filesystem>
#include <string>

#include "base/files.h"
#include "bpf/counting_program.h"
#include "sonda/error.h"
#include "sonda/link.h"
#include "support/catch.h"
#include "support/skip.h"
#include "support/target_process.h"

namespace sonda::test {

/// An argument of target programs.
inline constexpr auto paused = "--wait-for-newline";

/// A copy of a target program: another inode, so that no probe of another test is on it.
class OwnTarget {
 public:
  explicit OwnTarget(const std::string& name) : path_(folder_.path() / name) {
    std::filesystem::copy_file(target(name), path_);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  TemporaryFolder folder_;
  std::filesystem::path path_;
};

/// The error that attaching gives; the test fails if there is none.
inline Error attach_error(const AttachPoint& point) {
  try {
    const CountingProgram program(program_kind(point));
    attach(program.program(), point);
  } catch (const Error& error) {
    return error;
  }
  FAIL("attached to " << to_string(point));
  throw std::logic_error("not reached");
}

}  // namespace sonda::test
