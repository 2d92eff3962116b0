// The compiler: the worker, what it is linked with, the headers it takes, the cache, and a compile.
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/escape.h"
#include "base/files.h"
#include "base/locations.h"
#include "base/text.h"
#include "cli/doctor/check.h"
#include "elf/symbols.h"
#include "sonda/compile.h"
#include "sonda/error.h"

namespace sonda::cli::doctor {
namespace {

namespace fs = std::filesystem;

Finding check_worker() {
  const auto worker = worker_program();
  if (::access(worker.c_str(), X_OK) != 0)
    return broken(fmt::format("{} cannot be executed", worker.string()), "chmod 755 " + worker.string());
  return ok(worker.string());
}

/// The library of that beginning that a program asks for, with all links followed: its name has the version.
std::optional<fs::path> library_of(const fs::path& program, std::string_view beginning) {
  for (const auto& name : ElfFile::open(program).needed_libraries()) {
    if (!name.starts_with(beginning)) continue;
    const auto found = find_library(name);
    return found ? std::optional(fs::canonical(*found)) : std::nullopt;
  }
  return std::nullopt;
}

/// "0.26.0" of libbcc.so.0.26.0, "14" of libLLVM-14.so.1.
std::string version_in(const std::string& file) {
  const auto digit = file.find_first_of("0123456789");
  if (digit == std::string::npos) return file;
  const auto end = file.find_first_not_of("0123456789.", digit);
  auto version = file.substr(digit, end == std::string::npos ? end : end - digit);
  while (version.ends_with('.')) version.pop_back();
  return version;
}

Finding check_libbcc() {
  const auto library = library_of(worker_program(), "libbcc.so");
  if (!library) return broken("the library libbcc that the worker wants is not there", "apt-get install libbpfcc");
  return ok(fmt::format("{} ({})", version_in(library->filename()), library->string()));
}

Finding check_llvm() {
  const auto libbcc = library_of(worker_program(), "libbcc.so");
  if (!libbcc) return broken("libbcc is not there, and LLVM comes with it", "apt-get install libbpfcc");
  for (const auto& name : ElfFile::open(*libbcc).needed_libraries()) {
    if (!name.starts_with("libLLVM")) continue;
    if (const auto found = find_library(name))
      return ok(fmt::format("{} ({})", version_in(name), fs::canonical(*found).string()));
    return broken(fmt::format("{}, which libbcc wants, is not there", name), "apt-get install --reinstall libbpfcc");
  }
  return ok("inside libbcc");
}

Finding check_header_tree() {
  const auto tree = header_tree();
  for (const char* file : {"include/sonda/macros.h", "include/sonda/functions.h", "include/linux/kconfig.h"})
    if (::access((tree / file).c_str(), R_OK) != 0)
      return broken(fmt::format("{} cannot be read", (tree / file).string()),
                    "install Sonda whole: cmake --install build --prefix /usr/local");
  return ok(tree.string());
}

Finding check_user_headers() {
  if (fs::exists("/usr/include/linux/version.h")) return ok("/usr/include/linux");
  return limited("not installed: probes find fewer of the kernel's constants (errno, socket, IP)",
                 "apt-get install linux-libc-dev");
}

/// Why the cache of `folder` would not be used; nothing if it would.
std::optional<Finding> fault_of(const fs::path& folder) {
  struct stat info{};
  if (::lstat(folder.c_str(), &info) != 0) return std::nullopt;
  const auto name = escape_for_terminal(folder.string());
  if (!S_ISDIR(info.st_mode))
    return broken(fmt::format("{} is not a folder: everything is compiled anew each time", name), "rm " + name);
  if (info.st_uid != ::geteuid())
    return broken(fmt::format("{} belongs to user {}, not to user {}: everything is compiled anew each time", name,
                              info.st_uid, ::geteuid()),
                  fmt::format("chown -R {} {}", ::geteuid(), name));
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    return limited(fmt::format("{} cannot be written: what is compiled is not kept", name),
                   "chmod u+rwx " + name + "; or name another one: XDG_CACHE_HOME=/var/tmp/cache");
  return std::nullopt;
}

struct Amount {
  std::size_t files = 0;
  std::uintmax_t bytes = 0;
};

Amount amount_in(const fs::path& folder) {
  Amount amount;
  std::error_code failed;
  for (fs::recursive_directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed)) {
    std::error_code gone;
    if (!entry->is_regular_file(gone)) continue;
    ++amount.files;
    if (const auto size = entry->file_size(gone); !gone) amount.bytes += size;
  }
  return amount;
}

/// The nearest folder above `path` that is there.
fs::path existing(fs::path path) {
  std::error_code failed;
  while (!fs::exists(path, failed) && path.has_relative_path()) path = path.parent_path();
  return path;
}

Finding no_cache_folder() {
  const std::string remedy =
      "sudo -H, if it runs under sudo; or name a folder that is yours: XDG_CACHE_HOME=/root/.cache";
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return limited("this user has no home: what is compiled is not kept", remedy);
  return limited(fmt::format("HOME is {}, which is not this user's alone: what is compiled is not kept",
                             escape_for_terminal(home)),
                 remedy);
}

// Looked at, and not opened as the programs do: that would make it.
Finding check_cache() {
  const auto folder = user_cache();
  if (!folder) return no_cache_folder();
  const auto name = escape_for_terminal(folder->string());
  for (const auto& part : {*folder, *folder / "images", *folder / "headers"})
    if (auto fault = fault_of(part)) return std::move(*fault);
  const auto there = existing(*folder);
  const auto there_name = escape_for_terminal(there.string());
  const bool made = there == *folder;
  // The programs make the folder and its parent, no more.
  if (!made && there != folder->parent_path() && there != folder->parent_path().parent_path())
    return limited(
        fmt::format("{} is not there: what is compiled is not kept", folder->parent_path().parent_path().string()),
        "mkdir -p " + escape_for_terminal(folder->parent_path().string()) +
            "; or name another one: XDG_CACHE_HOME=/var/tmp/cache");
  if (::access(there.c_str(), W_OK) != 0)
    return limited(fmt::format("{} cannot be written: what is compiled is not kept", there_name),
                   "name another folder: XDG_CACHE_HOME=/var/tmp/cache");
  struct statvfs space{};
  constexpr std::uintmax_t little = 8UL << 20;
  if (::statvfs(there.c_str(), &space) == 0 && space.f_bavail * space.f_frsize < little)
    return limited(fmt::format("the disk of {} is full: what is compiled is not kept", there_name), "df " + there_name);
  if (!made) return ok(fmt::format("{}, made when something is compiled", name));
  const auto amount = amount_in(*folder);
  return ok(fmt::format("{}: {} files, {} KiB", name, amount.files, (amount.bytes + 1023) >> 10));
}

constexpr auto test_probe =
    "#include <linux/sched.h>\n"
    "int on_exec(void *ctx) {\n"
    "  struct task_struct *task = (struct task_struct *)bpf_get_current_task();\n"
    "  return task->tgid == 1;\n"
    "}\n";

Finding check_compile() {
  const auto began = std::chrono::steady_clock::now();
  CompileOptions options;
  options.use_cache = false;
  std::string unconfined;
  options.trace = [&](std::string_view line) {
    constexpr std::string_view mark = "the compiler is not confined in its ";
    if (const auto at = line.find(mark); at != line.npos) unconfined += fmt::format("; {}", line.substr(at));
  };
  try {
    const auto image = compile(ProbeSource::from_text("doctor.c", test_probe), options);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    const auto found = fmt::format("a small probe in {:.2f} s, {} instructions{}", took.count(),
                                   image.programs.at(0).instructions.size(), unconfined);
    if (unconfined.empty()) return ok(found);
    return limited(found,
                   "Linux 5.13 or later with lsm=landlock,... in its command line; compile no probes of strangers");
  } catch (const Error& error) {
    auto finding =
        broken(fmt::format("a small probe does not compile: {}: {}", error.subject(), error.cause()),
               error.hint().empty() ? "sonda doctor --only compile -v tells what the compiler printed" : error.hint());
    for (const auto line : split_lines(error.details())) finding.details.emplace_back(line);
    return finding;
  }
}

}  // namespace

std::vector<Check> compiler_checks() {
  const std::string section = "compiler";
  return {
      {"worker", section, "the program that compiles is there", check_worker, Wants::nothing, true},
      {"libbcc", section, "the library that it compiles with", check_libbcc, Wants::nothing, true},
      {"llvm", section, "the compiler in that library", check_llvm, Wants::nothing, true},
      {"header-tree", section, "the headers that come with Sonda", check_header_tree, Wants::nothing, true},
      {"user-headers", section, "the headers that lend constants", check_user_headers},
      {"cache", section, "what was compiled is kept", check_cache},
      {.id = "compile",
       .section = section,
       .proves = "a probe is compiled against this kernel's types",
       .run = check_compile,
       .needed = true,
       .limit = std::chrono::seconds(120)},
  };
}

}  // namespace sonda::cli::doctor
