#include "kernel/security_modules.h"

#include <fcntl.h>
#include <sys/mount.h>

#include "base/files.h"
#include "base/text.h"
#include "sonda/error.h"

namespace sonda {
namespace {

/// From a securityfs that is mounted nowhere.
std::optional<std::string> read_detached(const std::string& name) {
  const UniqueFd context(::fsopen("securityfs", FSOPEN_CLOEXEC));
  if (!context || ::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return std::nullopt;
  const UniqueFd root(::fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
  const UniqueFd file(root ? ::openat(root.get(), name.c_str(), O_RDONLY | O_CLOEXEC) : -1);
  if (!file) return std::nullopt;
  try {
    return read_all(file.get(), "securityfs/" + name, Stage::kernel);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::optional<std::string> read_security_file(const std::string& name) {
  auto text = try_read_file(std::filesystem::path("/sys/kernel/security") / name);
  return text ? text : read_detached(name);
}

std::optional<std::vector<std::string>> security_modules() {
  const auto text = read_security_file("lsm");
  if (!text) return std::nullopt;
  std::vector<std::string> names;
  for (const auto name : split(trim(*text), ',')) names.emplace_back(name);
  return names;
}

}  // namespace sonda
