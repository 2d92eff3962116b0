// Where this installation keeps its files, and the user's folders.
#include "base/locations.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>
#include <system_error>

#include "base/files.h"
#include "base/sudo_user.h"
#include "sonda/error.h"

namespace sonda {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view build_folder = SONDA_BUILD_DIR, source_folder = SONDA_SOURCE_DIR;

/// The file that this code is in, if that is a library which some other program has loaded.
fs::path this_library() {
  static constexpr char here = 0;
  Dl_info found{};
  std::error_code failed;
  if (::dladdr(&here, &found) == 0 || found.dli_fname == nullptr) return {};
  const fs::path path(found.dli_fname);
  const bool is_library = path.filename().string().find(".so") != std::string::npos;
  auto real = is_library ? fs::canonical(path, failed) : fs::path();
  return failed ? fs::path() : real;
}

/// The file that this code is in.
fs::path this_program() {
  static const auto library = this_library();
  if (!library.empty()) return library;
  std::error_code failed;
  auto path = fs::read_symlink("/proc/self/exe", failed);
  return failed ? fs::path() : path;
}

bool lies_below(const fs::path& path, const fs::path& folder) {
  const auto relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

bool is_there(const fs::path& path) {
  std::error_code failed;
  return fs::exists(path, failed);
}

/// For what was installed as PREFIX/bin/NAME, PREFIX/libexec/sonda/NAME or PREFIX/lib.../sonda/bcc/NAME: PREFIX,
/// wherever that was moved to.
fs::path prefix() {
  auto folder = this_program().parent_path();
  const fs::path of_library(SONDA_BCC_BELOW_PREFIX);
  if (folder.string().ends_with("/" + of_library.string())) {
    for (auto part = of_library.begin(); part != of_library.end(); ++part) folder = folder.parent_path();
    return folder;
  }
  const bool is_helper = folder.filename() == "sonda" && folder.parent_path().filename() == "libexec";
  return is_helper ? folder.parent_path().parent_path() : folder.parent_path();
}

/// Not for root if others could have put it there: the build tree of a program that was installed may be long gone.
bool is_trusted_there(const fs::path& path) {
  return is_there(path) && (::geteuid() != 0 || untrusted_because(path, TrustedOwners::root_and_sudo_user).empty());
}

/// One thing that comes with Sonda, in the three places where it can be.
struct Resource {
  fs::path below_prefix, installed, in_tree;
};

/// For a program outside both trees, the first that exists: beside it, where all was to be installed, in the build
/// tree.
fs::path find(const Resource& resource) {
  if (runs_from_build_tree()) return resource.in_tree;
  if (auto beside = prefix() / resource.below_prefix; is_there(beside)) return beside;
  if (!is_there(resource.installed) && is_trusted_there(resource.in_tree)) return resource.in_tree;
  return resource.installed;
}

std::optional<fs::path> home_in_environment() {
  const char* home = ::secure_getenv("HOME");
  return home != nullptr && *home == '/' ? std::optional<fs::path>(home) : std::nullopt;
}

std::optional<fs::path> home_in_password_file() {
  const auto user = known_user(::geteuid());
  return user && !user->home.empty() ? std::optional(user->home) : std::nullopt;
}

std::optional<fs::path> user_folder(const char* variable, const std::optional<fs::path>& home, const char* below_home) {
  std::optional<fs::path> folder;
  if (const char* chosen = ::secure_getenv(variable); chosen != nullptr && *chosen == '/')
    folder = chosen;
  else if (home)
    folder = *home / below_home;
  // sudo may leave HOME and the like as they were; what root puts there somebody else could exchange.
  if (folder && ::geteuid() == 0 && !untrusted_because(*folder, TrustedOwners::root).empty()) return std::nullopt;
  if (folder) *folder /= "sonda";
  return folder;
}

/// A program that others of ours start.
fs::path helper_program(const char* name, const char* missing) {
  fs::path program;
  if (const char* folder = ::secure_getenv("SONDA_LIBEXEC"); folder != nullptr && *folder != '\0') {
    program = fs::path(folder) / name;
    // What sudo let through is the user's choice, and it would be root who runs it.
    if (::geteuid() == 0)
      if (auto why = untrusted_because(program, TrustedOwners::root); !why.empty())
        throw Error(Stage::compile, "SONDA_LIBEXEC", why + ", and root would run it");
  } else {
    const auto below_prefix = fs::path("libexec/sonda") / name;
    program = find({below_prefix, fs::path(SONDA_LIBEXECDIR) / name, fs::path(build_folder) / below_prefix});
  }
  if (is_there(program)) return program;
  throw Error(Stage::compile, program.string(), missing,
              "install Sonda whole, or set SONDA_LIBEXEC to the folder that holds it");
}

}  // namespace

bool runs_from_build_tree() { return lies_below(this_program(), build_folder); }

fs::path worker_program() { return helper_program("sonda-compile", "the compiler's worker is not there"); }

fs::path disassembler_program() { return helper_program("sonda-disassemble", "the disassembler is not there"); }

fs::path bcc_library_folder() {
  const fs::path below(SONDA_BCC_BELOW_PREFIX);
  return find({below, fs::path(SONDA_BCC_DIR), fs::path(build_folder) / "lib/sonda/bcc"});
}

fs::path installed_probes() {
  const fs::path here = fs::path(SONDA_DATADIR) / "probes";
  return find({"share/sonda/probes", here, here});
}

std::optional<fs::path> build_tree_probes() {
  auto probes = fs::path(source_folder) / "probes";
  if (runs_from_build_tree()) return probes;
  const bool elsewhere = is_there(installed_probes()) || !is_trusted_there(probes);
  return elsewhere ? std::nullopt : std::optional(probes);
}

fs::path installed_examples() {
  return find(
      {"share/sonda/examples", fs::path(SONDA_DATADIR) / "examples", fs::path(source_folder) / "examples/probes"});
}

fs::path header_tree() {
  return find({"share/sonda/kernel", fs::path(SONDA_DATADIR) / "kernel", fs::path(source_folder) / "src/headers/tree"});
}

fs::path lesson_folder() {
  return find({"share/sonda/lessons", fs::path(SONDA_DATADIR) / "lessons", fs::path(source_folder) / "lessons"});
}

std::optional<fs::path> user_config() { return user_folder("XDG_CONFIG_HOME", home_in_environment(), ".config"); }

std::optional<fs::path> user_cache() {
  const auto home = home_in_environment();
  return user_folder("XDG_CACHE_HOME", home ? home : home_in_password_file(), ".cache");
}

std::optional<fs::path> user_data() {
  const auto caller = sudo_user();
  if (!caller) return user_folder("XDG_DATA_HOME", home_in_environment(), ".local/share");
  if (caller->home.empty()) return std::nullopt;
  return caller->home / ".local/share/sonda";
}

std::optional<fs::path> user_state() {
  const auto home = home_in_environment();
  return user_folder("XDG_STATE_HOME", home ? home : home_in_password_file(), ".local/state");
}

}  // namespace sonda
