// What the running kernel is.
#include "kernel/kernel.h"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <filesystem>

#include "base/files.h"
#include "base/text.h"

namespace sonda {
namespace {

constexpr auto btf_file = "/sys/kernel/btf/vmlinux";

utsname names() {
  utsname result{};
  if (::uname(&result) != 0) throw system_error(Stage::kernel, "uname", "the kernel does not tell its name", errno);
  return result;
}

/// "A.B.C" or "A.B" at the start of `text`.
std::optional<std::array<unsigned, 3>> leading_version(std::string_view text) {
  std::array<unsigned, 3> numbers{};
  const char *at = text.data(), *const end = at + text.size();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto [next, error] = std::from_chars(at, end, numbers[i]);
    if (error != std::errc{}) return i >= 2 ? std::optional(numbers) : std::nullopt;
    at = next;
    if (at == end || *at != '.') return i >= 1 ? std::optional(numbers) : std::nullopt;
    ++at;
  }
  return numbers;
}

/// A file of a securityfs that is mounted nowhere.
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

bool has_btf() { return ::access(btf_file, R_OK) == 0; }

std::string kernel_release() { return names().release; }

std::string build_id_in(std::string_view notes) {
  const auto padded = [](std::size_t size) { return (size + 3) & ~std::size_t{3}; };
  while (notes.size() >= sizeof(Elf64_Nhdr)) {
    Elf64_Nhdr header;
    std::memcpy(&header, notes.data(), sizeof header);
    notes.remove_prefix(sizeof header);
    const auto name_size = padded(header.n_namesz), size = padded(header.n_descsz);
    if (name_size > notes.size() || size > notes.size() - name_size) return {};
    if (header.n_type == NT_GNU_BUILD_ID && notes.substr(0, header.n_namesz) == std::string_view("GNU\0", 4)) {
      std::string digits;
      for (const unsigned char byte : notes.substr(name_size, header.n_descsz)) digits += fmt::format("{:02x}", byte);
      return digits;
    }
    notes.remove_prefix(name_size + size);
  }
  return {};
}

std::string kernel_identity() {
  const auto uts = names();
  auto identity = fmt::format("{} {} {}", uts.release, uts.version, uts.machine);
  const auto notes = try_read_file("/sys/kernel/notes");
  const auto id = notes ? build_id_in(*notes) : std::string();
  if (!id.empty()) return identity + " build-id " + id;
  std::error_code error;
  const auto size = std::filesystem::file_size(btf_file, error);
  return error ? identity : fmt::format("{} btf-size {}", identity, size);
}

std::uint32_t parse_version_code(const std::string& release, const std::string& version, const std::string& signature) {
  auto numbers = leading_version(release);
  // Ubuntu: "Ubuntu 5.15.0-91.101-generic 5.15.131"; Debian: "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)".
  const auto last = trim(signature).rfind(' ');
  if (last != std::string_view::npos) {
    if (const auto exact = leading_version(trim(signature).substr(last + 1))) numbers = exact;
  } else if (const auto debian = version.find("Debian "); debian != std::string::npos) {
    if (const auto exact = leading_version(std::string_view(version).substr(debian + 7))) numbers = exact;
  }
  if (!numbers) return 0;
  const auto [major, minor, patch] = *numbers;
  return ((major & 0xff) << 16) + (std::min(minor, 255U) << 8) + std::min(patch, 255U);
}

std::uint32_t kernel_version_code() {
  const auto uts = names();
  return parse_version_code(uts.release, uts.version, try_read_file("/proc/version_signature").value_or(""));
}

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

std::string lockdown() {
  // "none [integrity] confidentiality"; a kernel without the feature has no such file.
  const auto text = read_security_file("lockdown").value_or("");
  const auto open = text.find('['), close = text.find(']');
  return open < close && close != std::string::npos ? text.substr(open + 1, close - open - 1) : "none";
}

std::vector<int> parse_cpu_list(std::string_view text) {
  constexpr std::uint64_t most = 1U << 16;
  std::vector<int> cpus;
  const auto list = trim(text);
  if (list.empty()) return cpus;
  for (const auto part : split(list, ',')) {
    const auto dash = part.find('-');
    const auto first = parse_u64(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_u64(part.substr(dash + 1));
    if (!first || !last || *last < *first || *last >= most)
      throw Error(Stage::kernel, std::string(list), "not a list of CPUs");
    for (auto cpu = *first; cpu <= *last; ++cpu) cpus.push_back(static_cast<int>(cpu));
  }
  return cpus;
}

std::vector<int> online_cpus() {
  constexpr auto file = "/sys/devices/system/cpu/online";
  auto cpus = parse_cpu_list(read_file(file, Stage::kernel));
  if (cpus.empty()) throw Error(Stage::kernel, file, "names no CPU");
  return cpus;
}

}  // namespace sonda
